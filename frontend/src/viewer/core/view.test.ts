// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fit, hold, oneToOne, resized, toImage, toScreen, zoomAt } from "./view";

const view = fc.record({
  x: fc.double({ min: -500, max: 500, noNaN: true }),
  y: fc.double({ min: -500, max: 500, noNaN: true }),
  scale: fc.double({ min: 0.1, max: 20, noNaN: true }),
});
const point = fc.record({
  x: fc.double({ min: 0, max: 900, noNaN: true }),
  y: fc.double({ min: 0, max: 900, noNaN: true }),
});
const image = { width: 512, height: 400 };
const screen = { width: 900, height: 700 };

describe("the view", () => {
  it("goes to the screen and back", () => {
    fc.assert(
      fc.property(view, point, (v, p) => {
        const back = toImage(v, toScreen(v, p));
        expect(back.x).toBeCloseTo(p.x, 6);
        expect(back.y).toBeCloseTo(p.y, 6);
      }),
    );
  });

  it("keeps the image point under the pointer while zooming", () => {
    fc.assert(
      fc.property(view, point, fc.double({ min: 0.2, max: 5, noNaN: true }), (v, p, factor) => {
        const before = toImage(v, p);
        const after = toImage(zoomAt(v, p, factor), p);
        expect(after.x).toBeCloseTo(before.x, 6);
        expect(after.y).toBeCloseTo(before.y, 6);
      }),
    );
  });

  it("fits the whole image, centred", () => {
    const v = fit(image, screen);
    expect(v.scale).toBeCloseTo((700 - 16) / 400);
    expect(toScreen(v, { x: 256, y: 200 })).toEqual({ x: 450, y: 350 });
    expect(toScreen(v, { x: 0, y: 0 }).x).toBeGreaterThanOrEqual(8);
  });

  it("shows one image pixel on one device pixel", () => {
    expect(oneToOne(image, screen, 2).scale).toBe(0.5);
  });

  it("never loses the image", () => {
    fc.assert(
      fc.property(
        fc.record({ x: fc.integer(), y: fc.integer(), scale: fc.double({ min: 0.1, max: 20, noNaN: true }) }),
        (v) => {
          const held = hold(v, image, screen);
          const keep = Math.min(48, image.width * v.scale);
          expect(held.x).toBeLessThanOrEqual(screen.width - keep + 1e-9);
          expect(held.x + image.width * v.scale).toBeGreaterThanOrEqual(Math.min(keep, 40) - 1e-6);
        },
      ),
    );
  });

  it("keeps the middle in the middle when the window changes", () => {
    const v = { x: 13, y: -40, scale: 1.7 };
    const after = { width: 600, height: 500 };
    const middle = toImage(v, { x: 450, y: 350 });
    expect(toImage(resized(v, image, screen, after), { x: 300, y: 250 })).toEqual(middle);
  });

  it("keeps the whole image in sight when it was so before", () => {
    const after = { width: 600, height: 500 };
    expect(resized(fit(image, screen), image, screen, after)).toEqual(fit(image, after));
  });
});
