// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Point } from "./brush";
import { Mask } from "./mask";
import { fillPolygon } from "./polygon";
import { isEmpty } from "./rect";

const SIZE = 24;

/** Even-odd by the angle-free crossing test of one pixel centre, written the other way round: a ray downwards. */
function insideByRay(points: Point[], px: number, py: number): boolean {
  let inside = false;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const a = points[i];
    const b = points[j];
    if (a.x > px === b.x > px) continue;
    const y = a.y + ((px - a.x) / (b.x - a.x)) * (b.y - a.y);
    if (y > py) inside = !inside;
  }
  return inside;
}

/** Corners off the half-pixel grid: no centre lies on an edge by accident of the numbers chosen. */
const corner = fc.record({
  x: fc.integer({ min: -3000, max: SIZE * 1000 + 3000 }).map((v) => v / 1000 + 0.000137),
  y: fc.integer({ min: -3000, max: SIZE * 1000 + 3000 }).map((v) => v / 1000 + 0.000251),
});

function onEdge(points: Point[], x: number, y: number): boolean {
  return points.some((a, i) => {
    const b = points[(i + 1) % points.length];
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    return Math.abs((b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x)) < 1e-6 * Math.max(1, length);
  });
}

describe("fillPolygon", () => {
  it("fills what the ray test calls inside, self-crossing polygons included", () => {
    fc.assert(
      fc.property(fc.array(corner, { minLength: 3, maxLength: 9 }), (points) => {
        const mask = new Mask(SIZE, SIZE);
        fillPolygon(mask, points, 5);
        for (let y = 0; y < SIZE; y++) {
          for (let x = 0; x < SIZE; x++) {
            if (onEdge(points, x + 0.5, y + 0.5)) continue;
            expect(mask.at(x, y), `${x}, ${y}`).toBe(insideByRay(points, x + 0.5, y + 0.5) ? 5 : 0);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it("fills a rectangle on the pixel grid exactly", () => {
    const mask = new Mask(6, 5);
    const corners = [
      { x: 1, y: 1 },
      { x: 4, y: 1 },
      { x: 4, y: 3 },
      { x: 1, y: 3 },
    ];
    expect(fillPolygon(mask, corners, 1)).toEqual({ left: 1, top: 1, right: 4, bottom: 3 });
    expect(mask.count()[1]).toBe(6);
  });

  it("gives two polygons with a common edge no pixel twice and leaves none out", () => {
    const mask = new Mask(8, 8);
    const a = { x: 0, y: 0 };
    const b = { x: 8, y: 0 };
    const c = { x: 8, y: 8 };
    const d = { x: 0, y: 8 };
    fillPolygon(mask, [a, b, c], 1);
    const first = mask.count()[1];
    fillPolygon(mask, [a, c, d], 2);
    expect(mask.count()[1]).toBe(first);
    expect(mask.count()[0]).toBe(0);
  });

  it("paints nothing for fewer than three points", () => {
    const mask = new Mask(4, 4);
    const rect = fillPolygon(
      mask,
      [
        { x: 0, y: 0 },
        { x: 4, y: 4 },
      ],
      1,
    );
    expect(isEmpty(rect)).toBe(true);
  });
});
