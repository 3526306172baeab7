import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { pixelAt, regionBetween } from "./regions";

const size = { width: 60, height: 40 };
const point = fc.record({ x: fc.double({ min: -20, max: 80, noNaN: true }), y: fc.double({ min: -20, max: 60, noNaN: true }) });

describe("regionBetween", () => {
  it("holds every pixel the rectangle touches and none beyond the picture, whichever corner came first", () => {
    fc.assert(
      fc.property(point, point, (from, to) => {
        const region = regionBetween(from, to, size);
        expect(regionBetween(to, from, size)).toEqual(region);
        const [left, top, width, height] = region ?? [0, 0, 0, 0];
        for (let y = 0; y < size.height; y += 1)
          for (let x = 0; x < size.width; x += 1) {
            const touched =
              x + 1 > Math.min(from.x, to.x) && x < Math.max(from.x, to.x) && y + 1 > Math.min(from.y, to.y) && y < Math.max(from.y, to.y);
            if (touched && region) expect(x >= left && x < left + width && y >= top && y < top + height).toBe(true);
          }
        if (region) {
          expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
          expect(left + width).toBeLessThanOrEqual(size.width);
          expect(top + height).toBeLessThanOrEqual(size.height);
        }
      }),
    );
  });

  it("is nothing for a click and for what lies beside the picture", () => {
    expect(regionBetween({ x: 3, y: 4 }, { x: 3, y: 9 }, size)).toBeNull();
    expect(regionBetween({ x: -9, y: 4 }, { x: -2, y: 9 }, size)).toBeNull();
  });
});

describe("pixelAt", () => {
  it("undoes the scale of the picture on the screen", () => {
    const frame = { left: 100, top: 50, width: 120, height: 80 };
    expect(pixelAt({ clientX: 160, clientY: 90 }, frame, size)).toEqual({ x: 30, y: 20 });
  });
});
