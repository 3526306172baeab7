// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { similarRegion, type RegionOptions } from "./region";
import { greyValues, rangeAround, type Raster } from "./values";

const WIDTH = 13;
const HEIGHT = 9;

/** The same by repeated passes over the whole image, until nothing changes. */
function plainly({ pixels, channels }: Raster, x: number, y: number, options: RegionOptions): Uint8Array {
  const difference = (a: number, b: number): number =>
    Math.max(...Array.from({ length: channels }, (_, c) => Math.abs(pixels[a * channels + c] - pixels[b * channels + c])));
  const seed = y * WIDTH + x;
  const bits = new Uint8Array(WIDTH * HEIGHT);
  if (!options.connected) return bits.map((_, i) => (difference(i, seed) <= options.tolerance ? 1 : 0));
  bits[seed] = 1;
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = 0; i < bits.length; i++) {
      if (bits[i]) continue;
      const sides = [i % WIDTH > 0 ? i - 1 : -1, i % WIDTH < WIDTH - 1 ? i + 1 : -1, i - WIDTH, i + WIDTH];
      const joins = sides.some(
        (from) =>
          bits[from] === 1 && difference(i, options.compare === "seed" ? seed : from) <= options.tolerance,
      );
      if (!joins) continue;
      bits[i] = 1;
      changed = true;
    }
  }
  return bits;
}

describe("similarRegion", () => {
  it("finds what repeated passes find, in grey and in colour", () => {
    const raster = fc.constantFrom(1, 3).chain((channels) =>
      fc.uint8Array({ minLength: WIDTH * HEIGHT * channels, maxLength: WIDTH * HEIGHT * channels, max: 12 }).map(
        (pixels): Raster => ({ pixels, width: WIDTH, height: HEIGHT, channels }),
      ),
    );
    const options = fc.record({
      tolerance: fc.nat(9),
      compare: fc.constantFrom("seed" as const, "neighbour" as const),
      connected: fc.boolean(),
    });
    fc.assert(
      fc.property(raster, fc.nat(WIDTH - 1), fc.nat(HEIGHT - 1), options, (image, x, y, how) => {
        const { bits, rect } = similarRegion(image, x, y, how);
        expect(bits).toEqual(plainly(image, x, y, how));
        bits.forEach((bit, i) => {
          const [column, row] = [i % WIDTH, Math.floor(i / WIDTH)];
          const inside = column >= rect.left && column < rect.right && row >= rect.top && row < rect.bottom;
          if (bit) expect(inside).toBe(true);
        });
      }),
      { numRuns: 200 },
    );
  });

  it("of HU may be far below zero, and outside the image is empty", () => {
    const pixels = Int16Array.of(-1000, -990, -700, 40);
    const raster = { pixels, width: 4, height: 1, channels: 1 };
    const how = { tolerance: 10, compare: "seed", connected: true } as const;
    expect([...similarRegion(raster, 0, 0, how).bits]).toEqual([1, 1, 0, 0]);
    expect([...similarRegion(raster, 4, 0, how).bits]).toEqual([0, 0, 0, 0]);
  });
});

describe("the values of an image", () => {
  it("are its pixels, or the mean of three channels", () => {
    const grey = { pixels: Int16Array.of(-5, 7), width: 2, height: 1, channels: 1 };
    expect(greyValues(grey)).toBe(grey.pixels);
    const colour = { pixels: Uint8Array.of(10, 20, 30, 255, 255, 254), width: 2, height: 1, channels: 3 };
    expect([...greyValues(colour)]).toEqual([20, 255]);
  });

  it("have a range round a pixel, cut to the image", () => {
    const values = Int16Array.of(5, -3, 9, 1, 2, 8);
    expect(rangeAround(values, 3, 2, 0, 0, 1)).toEqual({ low: -3, high: 5 });
    expect(rangeAround(values, 3, 2, 2, 1, 0)).toEqual({ low: 8, high: 8 });
  });
});
