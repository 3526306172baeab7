// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { heatPalette, maskPalette, parseColour, word } from "./colours";
import { halfToNumber, heatSteps } from "./heat";
import { outlines } from "./outline";

describe("colours", () => {
  it("read hex and refuse the rest", () => {
    expect(parseColour("#0af0FF")).toEqual([10, 240, 255]);
    expect(() => parseColour("teal")).toThrow(RangeError);
  });

  it("show classes, hide hidden ones, and never hide what has no class", () => {
    const labels = [
      { value: 1, name: "a", colour: "#ff0000" },
      { value: 2, name: "b", colour: "#00ff00" },
    ];
    const palette = maskPalette(labels, new Set([2]));
    expect(palette[0]).toBe(0);
    expect(palette[1]).toBe(word(255, 0, 0, 255));
    expect(palette[2]).toBe(0);
    expect(palette[7]).toBe(word(255, 255, 255, 255));
  });

  it("heat rises from clear to opaque", () => {
    const palette = heatPalette();
    expect(palette[0]).toBe(word(0, 0, 4, 0));
    expect(palette[255]).toBe(word(252, 255, 164, 255));
  });
});

describe("heat", () => {
  it("reads half-precision numbers", () => {
    const known: [number, number][] = [
      [0x0000, 0],
      [0x3c00, 1],
      [0xc000, -2],
      [0x3555, 0.333251953125],
      [0x0001, 2 ** -24],
      [0x7bff, 65504],
      [0x7c00, Infinity],
    ];
    for (const [bits, number] of known) expect(halfToNumber(bits)).toBe(number);
    expect(halfToNumber(0x7e00)).toBeNaN();
  });

  it("scales to the largest and counts odd values as 0", () => {
    const { steps, largest } = heatSteps(Uint16Array.from([0x3c00, 0x3800, 0x7e00, 0x7c00, 0xbc00, 0]));
    expect(largest).toBe(1);
    expect([...steps]).toEqual([255, 128, 0, 0, 0, 0]);
  });
});

describe("outlines", () => {
  it("joins the edges of a rectangle into four lines", () => {
    const data = new Uint8Array(30);
    for (const y of [1, 2]) data.fill(4, y * 6 + 2, y * 6 + 5);
    const lines = outlines(data, 6, 5).get(4) ?? [];
    const sorted = Array.from({ length: lines.length / 4 }, (_, i) =>
      [...lines.slice(i * 4, i * 4 + 4)].join(" "),
    );
    expect(sorted.sort()).toEqual(["2 1 2 3", "2 1 5 1", "2 3 5 3", "5 1 5 3"]);
  });

  it("has as much length as there are edges between a class and the rest", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 42, maxLength: 42, max: 3 }), (data) => {
        const at = (x: number, y: number) => (x < 0 || y < 0 || x > 6 || y > 5 ? 0 : data[y * 7 + x]);
        const found = outlines(data, 7, 6);
        for (const value of [1, 2, 3]) {
          let expected = 0;
          for (let y = 0; y < 6; y++)
            for (let x = 0; x < 7; x++)
              if (at(x, y) === value)
                for (const n of [at(x - 1, y), at(x + 1, y), at(x, y - 1), at(x, y + 1)])
                  if (n !== value) expected++;
          const lines = found.get(value) ?? new Int32Array();
          let length = 0;
          for (let i = 0; i < lines.length; i += 4)
            length += Math.abs(lines[i + 2] - lines[i]) + Math.abs(lines[i + 3] - lines[i + 1]);
          expect(length).toBe(expected);
        }
      }),
    );
  });
});
