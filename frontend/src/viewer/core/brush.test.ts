// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { paintSegment, type Point } from "./brush";
import { ALL_WRITABLE, Mask } from "./mask";
import { isEmpty } from "./rect";

const WIDTH = 40;
const HEIGHT = 30;

const coordinate = (size: number) => fc.double({ min: -4, max: size + 4, noNaN: true });
const point = fc.record({ x: coordinate(WIDTH), y: coordinate(HEIGHT) });
const inside = fc.record({
  x: fc.double({ min: 1, max: WIDTH - 1.001, noNaN: true }),
  y: fc.double({ min: 1, max: HEIGHT - 1.001, noNaN: true }),
});
const radius = fc.double({ min: 0.5, max: 9, noNaN: true });

const shape = fc.constantFrom("round" as const, "square" as const);

function distanceToSegment(p: Point, a: Point, b: Point): number {
  const length2 = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
  const t = length2 ? ((p.x - a.x) * (b.x - a.x) + (p.y - a.y) * (b.y - a.y)) / length2 : 0;
  const held = Math.min(1, Math.max(0, t));
  return Math.hypot(p.x - a.x - held * (b.x - a.x), p.y - a.y - held * (b.y - a.y));
}

/** How many pieces the painted pixels fall into; corners count as touching. */
function pieces(mask: Mask): number {
  const seen = new Set<number>();
  let found = 0;
  mask.data.forEach((value, start) => {
    if (value === 0 || seen.has(start)) return;
    found++;
    const open = [start];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const x = at % mask.width;
      const y = Math.floor(at / mask.width);
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++)
          if (mask.at(x + dx, y + dy) !== 0) open.push((y + dy) * mask.width + x + dx);
    }
  });
  return found;
}

describe("paintSegment", () => {
  it("paints the pixels whose centre is near the segment, and the two under its ends", () => {
    fc.assert(
      fc.property(point, point, radius, (a, b, r) => {
        const mask = new Mask(WIDTH, HEIGHT);
        paintSegment(mask, a, b, { radius: r }, 3);
        for (let y = 0; y < HEIGHT; y++) {
          for (let x = 0; x < WIDTH; x++) {
            const distance = distanceToSegment({ x: x + 0.5, y: y + 0.5 }, a, b);
            if (Math.abs(distance - r) < 1e-6) continue;
            const end = [a, b].some((p) => Math.floor(p.x) === x && Math.floor(p.y) === y);
            expect(mask.at(x, y), `${x}, ${y}`).toBe(distance < r || end ? 3 : 0);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it("leaves no gap in a stroke, however far apart the pointer reports", () => {
    fc.assert(
      fc.property(fc.array(inside, { minLength: 2, maxLength: 8 }), radius, shape, (points, r, form) => {
        const mask = new Mask(WIDTH, HEIGHT);
        points.slice(1).forEach((to, i) => paintSegment(mask, points[i], to, { radius: r, shape: form }, 1));
        expect(pieces(mask)).toBe(1);
      }),
      { numRuns: 150 },
    );
  });

  it("of a square brush paints the pixels whose centre the square passes, and the two under its ends", () => {
    fc.assert(
      fc.property(point, point, radius, (a, b, r) => {
        const mask = new Mask(WIDTH, HEIGHT);
        paintSegment(mask, a, b, { radius: r, shape: "square" }, 3);
        const steps = 400;
        for (let y = 0; y < HEIGHT; y++) {
          for (let x = 0; x < WIDTH; x++) {
            let nearest = Infinity;
            for (let i = 0; i <= steps; i++) {
              const dx = Math.abs(a.x + ((b.x - a.x) * i) / steps - x - 0.5);
              const dy = Math.abs(a.y + ((b.y - a.y) * i) / steps - y - 0.5);
              nearest = Math.min(nearest, Math.max(dx, dy));
            }
            // between two of the steps the square moves by less than this
            if (Math.abs(nearest - r) < 0.15) continue;
            const end = [a, b].some((p) => Math.floor(p.x) === x && Math.floor(p.y) === y);
            if (mask.at(x, y) !== (nearest < r || end ? 3 : 0)) expect(`${x}, ${y}`).toBe(mask.at(x, y));
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it("of a brush with a range paints only pixels whose value lies in it", () => {
    const values = Int16Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % 50) - 25);
    fc.assert(
      fc.property(point, point, radius, fc.integer({ min: -25, max: 24 }), fc.nat(20), (a, b, r, low, span) => {
        const gate = { values, low, high: low + span };
        const mask = new Mask(WIDTH, HEIGHT);
        paintSegment(mask, a, b, { radius: r, gate }, 1);
        const plain = new Mask(WIDTH, HEIGHT);
        paintSegment(plain, a, b, { radius: r }, 1);
        mask.data.forEach((now, i) => {
          const inside = values[i] >= low && values[i] <= low + span;
          if (now !== (inside ? plain.data[i] : 0)) expect(i).toBe(-1);
        });
      }),
    );
  });

  it("says exactly what it changed", () => {
    fc.assert(
      fc.property(point, point, radius, (a, b, r) => {
        const mask = new Mask(WIDTH, HEIGHT);
        const rect = paintSegment(mask, a, b, { radius: r }, 1);
        const xs: number[] = [];
        const ys: number[] = [];
        mask.data.forEach((value, i) => {
          if (value === 0) return;
          xs.push(i % WIDTH);
          ys.push(Math.floor(i / WIDTH));
        });
        if (xs.length === 0) expect(isEmpty(rect)).toBe(true);
        else
          expect(rect).toEqual({
            left: Math.min(...xs),
            top: Math.min(...ys),
            right: Math.max(...xs) + 1,
            bottom: Math.max(...ys) + 1,
          });
        expect(isEmpty(paintSegment(mask, a, b, { radius: r }, 1))).toBe(true);
      }),
      { numRuns: 150, examples: [[{ x: -0, y: -0 }, { x: 0, y: 0 }, 0.5]] },
    );
  });

  it("leaves labels alone that are not writable", () => {
    const mask = new Mask(9, 9, new Uint8Array(81).fill(2));
    const writable = ALL_WRITABLE.slice();
    writable[2] = 0;
    expect(isEmpty(paintSegment(mask, { x: 0, y: 0 }, { x: 9, y: 9 }, { radius: 3 }, 1, writable))).toBe(true);
    expect(mask.data.every((value) => value === 2)).toBe(true);
  });
});
