import { describe, expect, it } from "vitest";

import en from "./en";
import zh from "./zh";

interface Tree {
  [key: string]: string | Tree;
}

function leaves(tree: Tree, path = ""): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[path + key, value] as [string, string]] : leaves(value, `${path}${key}.`),
  );
}

const placeholders = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].sort();

const english = new Map(leaves(en));
const chinese = new Map(leaves(zh));

describe("the languages", () => {
  it("have the same keys", () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it("leave nothing empty", () => {
    expect([...english, ...chinese].filter(([, text]) => text.trim() === "")).toEqual([]);
  });

  it("fill in the same values", () => {
    const different = [...english].filter(
      ([key, text]) => placeholders(text).join() !== placeholders(chinese.get(key) ?? "").join(),
    );
    expect(different).toEqual([]);
  });
});

describe("the pages", () => {
  const sources = Object.entries(
    import.meta.glob<string>(["../**/*.{vue,ts}", "!../**/*.test.ts", "!./**"], {
      query: "?raw",
      import: "default",
      eager: true,
    }),
  );
  const code = sources.map(([, text]) => text).join("\n");

  it("ask only for words there are", () => {
    const asked = [...code.matchAll(/\bt\(\s*["'`]([\w.]+)["'`]/g)].map((match) => match[1] ?? "");
    expect(asked.length).toBeGreaterThan(100);
    expect([...new Set(asked)].filter((key) => !english.has(key))).toEqual([]);
  });

  it("use every word there is", () => {
    const literals = new Set([...code.matchAll(/["'`]([a-zA-Z]+(?:\.[\w-]+)+)["'`]/g)].map((match) => match[1]));
    const prefixes = [...code.matchAll(/[`"]([a-zA-Z]+(?:\.[\w]+)*\.)\$\{/g)].map((match) => match[1] ?? "");
    const unused = [...english.keys()].filter(
      (key) => !literals.has(key) && !prefixes.some((prefix) => key.startsWith(prefix)),
    );
    expect(unused).toEqual([]);
  });
});
