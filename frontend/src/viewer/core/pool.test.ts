// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { pool, poolingFor } from "./pool";
import { grey, lookupTable } from "./window";

describe("a pooled image", () => {
  it("leaves at least as many pixels as the screen shows, and never none", () => {
    expect(poolingFor(1, 512, 512)).toBe(1);
    expect(poolingFor(0.51, 512, 512)).toBe(1);
    expect(poolingFor(0.5, 512, 512)).toBe(2);
    expect(poolingFor(0.3, 2048, 2048)).toBe(2);
    expect(poolingFor(0.001, 5, 3)).toBe(2);
  });

  it("is made of the means of its pixels, whatever their sign, channel by channel", () => {
    const size = fc.record({ width: fc.integer({ min: 2, max: 9 }), height: fc.integer({ min: 2, max: 9 }) });
    fc.assert(
      fc.property(size, fc.constantFrom(1, 3), fc.infiniteStream(fc.integer({ min: -32768, max: 32767 })), (box, channels, values) => {
        const { width, height } = box;
        const pixels = Int16Array.from({ length: width * height * channels }, () => Number(values.next().value));
        const small = pool({ pixels, width, height }, channels, 2);
        expect([small.width, small.height]).toEqual([width >> 1, height >> 1]);
        for (let y = 0; y < small.height; y++)
          for (let x = 0; x < small.width; x++)
            for (let c = 0; c < channels; c++) {
              const at = (dx: number, dy: number) => pixels[((2 * y + dy) * width + 2 * x + dx) * channels + c];
              const mean = Math.floor((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) / 4);
              expect(small.pixels[(y * small.width + x) * channels + c]).toBe(mean);
            }
      }),
    );
  });

  it("is pooled step by step to a quarter", () => {
    const pixels = Uint8Array.from({ length: 64 }, (_, i) => i);
    const small = pool({ pixels, width: 8, height: 8 }, 1, 4);
    expect([small.width, small.height, small.pixels.length]).toEqual([2, 2, 4]);
  });
});

describe("the lookup table", () => {
  it("says of every value what the window says, wherever the window lies", () => {
    const centre = fc.double({ min: -40000, max: 70000, noNaN: true });
    const width = fc.double({ min: 1, max: 70000, noNaN: true });
    fc.assert(
      fc.property(centre, width, fc.constantFrom(new Int16Array(), new Uint16Array(), new Uint8Array()), (c, w, kind) => {
        const window = { centre: c, width: w };
        const { first, table } = lookupTable(kind, window);
        for (let i = 0; i < table.length; i += table.length > 256 ? 7 : 1)
          if (table[i] !== grey(first + i, window)) expect([i, table[i]]).toEqual([i, grey(first + i, window)]);
      }),
      { numRuns: 60 },
    );
  });
});
