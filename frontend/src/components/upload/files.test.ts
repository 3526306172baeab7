import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { filesOfInput, fingerprintOf, nameOf, wanted } from "./files";
import type { Chosen } from "./tar";

const chosen = (path: string, content = "x", lastModified = 1): Chosen => ({
  path,
  file: new File([content], path.slice(path.lastIndexOf("/") + 1), { lastModified }),
});

describe("wanted", () => {
  it("leaves out what file managers strew, and keeps a DICOMDIR", () => {
    const files = ["a/b.png", "a/.DS_Store", "Thumbs.db", "a/._a.png", "DICOMDIR"].map((path) => chosen(path));
    expect(wanted(files).map(({ path }) => path)).toEqual(["DICOMDIR", "a/b.png"]);
  });

  it("does not depend on the order of the file system", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/)), (names) => {
        const files = names.map((name) => chosen(name));
        expect(wanted([...files].reverse())).toEqual(wanted(files));
      }),
    );
  });
});

describe("an upload", () => {
  it("is called as its file, or as the folder of all its files", () => {
    expect(nameOf([chosen("x/a.zip")])).toBe("a.zip");
    expect(nameOf([chosen("x/a"), chosen("x/y/b")])).toBe("x.tar");
    expect(nameOf([chosen("x/a"), chosen("y/b")])).toBe("files.tar");
    expect(nameOf(filesOfInput([new File([], "a"), new File([], "b")]))).toBe("files.tar");
  });

  it("is the same one only for the same files", () => {
    const one = fingerprintOf([chosen("a", "1"), chosen("b", "22")]);
    expect(fingerprintOf([chosen("a", "1"), chosen("b", "22")])).toBe(one);
    const others = [
      [chosen("a", "1")],
      [chosen("a", "1"), chosen("c", "22")],
      [chosen("a", "1"), chosen("b", "2")],
      [chosen("a", "1"), chosen("b", "22", 2)],
    ];
    expect(new Set(others.map((files) => fingerprintOf(files))).add(one).size).toBe(5);
  });
});
