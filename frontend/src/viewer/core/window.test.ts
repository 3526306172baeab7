// @vitest-environment node
import { describe, expect, it } from "vitest";

import golden from "../../../../tests/golden/window.json";
import { fullWindow, grey, lookupTable, paintPixels, type Pixels } from "./window";

const TYPES: Record<string, (values: number[]) => Pixels> = {
  uint8: (values) => Uint8Array.from(values),
  uint16: (values) => Uint16Array.from(values),
  int16: (values) => Int16Array.from(values),
};

interface Case {
  dtype: string;
  centre: number;
  width: number;
  values: number[];
  expected: number[];
}

describe("the window", () => {
  it.each(golden.cases as Case[])(
    "$dtype, centre $centre, width $width gives what the server gives",
    (one) => {
      const pixels = TYPES[one.dtype](one.values);
      const lut = lookupTable(pixels, one);
      const shown = Array.from(pixels, (value) => lut.table[value - lut.first]);
      expect(shown).toEqual(one.expected);
    },
  );

  it("of 128 and 256 leaves uint8 as it is", () => {
    for (let value = 0; value < 256; value++) expect(grey(value, { centre: 128, width: 256 })).toBe(value);
  });

  it("paints grey and colour pixels into RGBA words", () => {
    const words = new Uint32Array(2);
    const hu = Int16Array.from([-1000, 400]);
    paintPixels(hu, 1, lookupTable(hu, { centre: -300, width: 1400 }), words);
    expect([...words]).toEqual([0xff000000, 0xffffffff]);
    const rgb = Uint8Array.from([1, 2, 3, 250, 0, 9]);
    paintPixels(rgb, 3, lookupTable(rgb, fullWindow(rgb)), words);
    expect([...words]).toEqual([0xff030201, 0xff0900fa]);
  });

  it("covers all values of a deep image", () => {
    const window = fullWindow(Int16Array.from([-1024, 3, 900]));
    expect(grey(-1024, window)).toBe(0);
    expect(grey(900, window)).toBe(255);
    expect(fullWindow(Uint16Array.from([7, 7])).width).toBeGreaterThan(1);
  });
});
