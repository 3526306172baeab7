/** Text and controls of both themes have the contrast that WCAG 2.2 AA asks for (1.4.3: 4.5 for text; 1.4.11: 3 for signs). */
import { describe, expect, it } from "vitest";

const style = Object.values(
  import.meta.glob<string>("./style.css", { query: "?raw", import: "default", eager: true }),
)[0];

type Theme = Map<string, string>;

function declared(selector: string): Theme {
  const start = style.indexOf(`${selector} {`);
  const block = style.slice(start, style.indexOf("}", start));
  return new Map([...block.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map((found) => [found[1], found[2].trim()]));
}

const light = declared(":root");
const dark: Theme = new Map([...light, ...declared("html.dark")]);

/** Red, green and blue from 0 to 255 of a colour, a variable, or a mixture of two. */
function colour(theme: Theme, value: string): number[] {
  const variable = /^var\((--[\w-]+)\)$/.exec(value)?.[1];
  if (variable) return colour(theme, theme.get(variable) ?? "");
  const mixture = /^color-mix\(in srgb, (.+) (\d+)%, (.+)\)$/.exec(value);
  if (mixture) {
    const [one, other, part] = [colour(theme, mixture[1]), colour(theme, mixture[3]), Number(mixture[2]) / 100];
    return one.map((channel, i) => channel * part + other[i] * (1 - part));
  }
  if (value === "white") return [255, 255, 255];
  if (value === "black") return [0, 0, 0];
  const hex = /^#([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(value)?.[1];
  if (!hex) throw new Error(`"${value}" is no colour this test can read.`);
  const long = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
  return [0, 2, 4].map((at) => parseInt(long.slice(at, at + 2), 16));
}

/** Relative luminance as WCAG defines it. */
function luminance(channels: number[]): number {
  const [r, g, b] = channels.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(theme: Theme, one: string, other: string): number {
  const [bright, less] = [one, other].map((value) => luminance(colour(theme, value))).sort((a, b) => b - a);
  return (bright + 0.05) / (less + 0.05);
}

const TEXTS = ["--w-text", "--w-quiet", "--w-accent-text", "--w-good", "--w-warn", "--w-bad"];
const GROUNDS = ["--w-ground", "--w-surface"];

describe.each([
  ["light", light],
  ["dark", dark],
] as const)("the %s theme", (_, theme) => {
  it.each(TEXTS.flatMap((text) => GROUNDS.map((ground) => [text, ground])))("shows %s on %s", (text, ground) => {
    expect(contrast(theme, `var(${text})`, `var(${ground})`)).toBeGreaterThanOrEqual(4.5);
  });

  it("shows words on a chosen row or chip", () => {
    for (const ground of ["--el-color-primary-light-8", "--el-color-primary-light-9"])
      expect(contrast(theme, "var(--w-accent-text)", `var(${ground})`)).toBeGreaterThanOrEqual(4.5);
  });

  it("shows the focus and the words of a primary button", () => {
    for (const ground of GROUNDS)
      expect(contrast(theme, "var(--accent)", `var(${ground})`)).toBeGreaterThanOrEqual(3);
  });

  it("shows white words on the accent", () => {
    expect(contrast(theme, "white", "var(--accent)")).toBeGreaterThanOrEqual(theme === light ? 4.5 : 3);
  });
});

describe("the ground of the image", () => {
  it("shows its read-out, a slice looked at, and a ruler", () => {
    for (const text of ["#b8c4c4", "#ffe066"]) expect(contrast(dark, text, "#0b0e0e")).toBeGreaterThanOrEqual(4.5);
  });
});
