// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Point } from "./brush";
import { LiveWire, edgeCosts } from "./wire";

const WIDTH = 14;
const HEIGHT = 11;

const image = fc.uint8Array({ minLength: WIDTH * HEIGHT, maxLength: WIDTH * HEIGHT });
const pixel = fc.record({
  x: fc.integer({ min: 0, max: WIDTH - 1 }).map((x) => x + 0.5),
  y: fc.integer({ min: 0, max: HEIGHT - 1 }).map((y) => y + 0.5),
});
const touch = (a: Point, b: Point): boolean => Math.abs(a.x - b.x) <= 1 && Math.abs(a.y - b.y) <= 1;

describe("the live wire", () => {
  it("leads from the anchor to the pointer without a gap", () => {
    fc.assert(
      fc.property(image, pixel, fc.array(pixel, { minLength: 1, maxLength: 4 }), (values, anchor, targets) => {
        const wire = new LiveWire(values, WIDTH, HEIGHT, anchor);
        for (const target of targets) {
          const path = wire.pathTo(target);
          expect(path[0]).toEqual(anchor);
          expect(path.at(-1)).toEqual(target);
          path.slice(1).forEach((next, i) => {
            expect(touch(path[i], next)).toBe(true);
          });
        }
      }),
    );
  });

  it("is no dearer the other way of asking: a kept search and a fresh one agree", () => {
    fc.assert(
      fc.property(image, pixel, pixel, pixel, (values, anchor, first, second) => {
        const kept = new LiveWire(values, WIDTH, HEIGHT, anchor);
        kept.pathTo(first);
        const fresh = new LiveWire(values, WIDTH, HEIGHT, anchor);
        expect(kept.costTo(second)).toBe(fresh.costTo(second));
      }),
    );
  });

  it("costs no more than any step aside would", () => {
    // the triangle inequality of cheapest paths: the cost to a pixel is at most that to a neighbour and one dearest step
    fc.assert(
      fc.property(image, pixel, pixel, (values, anchor, target) => {
        const wire = new LiveWire(values, WIDTH, HEIGHT, anchor);
        const cost = wire.costTo(target);
        for (const [dx, dy] of [[1, 0], [0, 1], [-1, 0], [0, -1]] as const) {
          const next = { x: target.x + dx, y: target.y + dy };
          if (next.x < 0 || next.y < 0 || next.x > WIDTH || next.y > HEIGHT) continue;
          expect(cost).toBeLessThanOrEqual(wire.costTo(next) + 255);
        }
      }),
    );
  });

  it("goes round along the edge of a disk, not through it", () => {
    const size = 60;
    const values = new Int16Array(size * size).fill(-800);
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) if (Math.hypot(x - 30, y - 30) < 20) values[y * size + x] = 40;
    const wire = new LiveWire(values, size, size, { x: 10.5, y: 30.5 });
    const path = wire.pathTo({ x: 49.5, y: 30.5 });
    expect(path.length).toBeGreaterThan(45);
    for (const { x, y } of path) expect(Math.abs(Math.hypot(x - 30.5, y - 30.5) - 20)).toBeLessThan(2.5);
  });

  it("goes on straight where the pointer is out of reach or outside the image", () => {
    const wire = new LiveWire(new Uint8Array(400), 20, 20, { x: 3.5, y: 3.5 }, 5);
    const path = wire.pathTo({ x: 19.5, y: 3.5 });
    expect(path.at(-1)).toEqual({ x: 19.5, y: 3.5 });
    expect(path.at(-2)).toEqual({ x: 8.5, y: 3.5 });
    expect(wire.pathTo({ x: -4, y: 3.5 }).at(-1)).toEqual({ x: -4, y: 3.5 });
  });

  it("finds even ground equally dear", () => {
    expect([...edgeCosts(new Float32Array(3))]).toEqual([255, 255, 255]);
    expect([...edgeCosts(Float32Array.of(0, 8, 8))]).toEqual([255, 30, 30]);
  });
});
