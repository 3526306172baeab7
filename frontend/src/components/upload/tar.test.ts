import { describe, expect, it } from "vitest";

import golden from "../../../../tests/golden/folder.json";
import { tarOf } from "./tar";

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(
    await new Promise<ArrayBuffer>((resolve) => {
      const reader = new FileReader();
      reader.onload = () => {
        resolve(reader.result as ArrayBuffer);
      };
      reader.readAsArrayBuffer(blob);
    }),
  );
}

describe("a tar", () => {
  it("is the one that the server is held to by the same file: names of any length and script", async () => {
    const chosen = golden.files.map(([path, content]) => ({ path: path ?? "", file: new File([content ?? ""], "f") }));
    const bytes = await bytesOf(tarOf(chosen));
    expect(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))).toBe(golden.tar);
  });

  it("writes sizes beyond eleven octal digits in base 256", async () => {
    const file = new File([], "large");
    Object.defineProperty(file, "size", { value: 9 * 2 ** 30 });
    const head = (await bytesOf(tarOf([{ path: "large", file }]))).slice(124, 136);
    expect([...head]).toEqual([0x80, 0, 0, 0, 0, 0, 0, 2, 0x40, 0, 0, 0]);
  });
});
