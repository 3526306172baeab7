// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import golden from "../../../../tests/golden/drawing.json";
import { squaredDistance } from "./distance";
import { Drawing, type Edit } from "./drawing";
import { fillHoles, grow, removeIslands, shrink, smooth } from "./edits";
import { interpolate } from "./interpolate";
import { Mask } from "./mask";
import { NO_RULES } from "./rules";

const WIDTH = 21;
const HEIGHT = 16;

const fromRows = (rows: readonly string[]): Mask =>
  new Mask(rows[0].length, rows.length, Uint8Array.from(rows.join(""), Number));
const toRows = ({ data, width, height }: Mask): string[] =>
  Array.from({ length: height }, (_, y) => data.subarray(y * width, (y + 1) * width).join(""));

/** Masks of few, large and ragged shapes: noise alone has no inside. */
const shapes = fc
  .tuple(
    fc.array(
      fc.tuple(fc.nat(WIDTH - 1), fc.nat(HEIGHT - 1), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.nat(3)),
      { maxLength: 6 },
    ),
    fc.array(fc.tuple(fc.nat(WIDTH * HEIGHT - 1), fc.nat(3)), { maxLength: 20 }),
  )
  .map(([boxes, dots]) => {
    const mask = new Mask(WIDTH, HEIGHT);
    for (const [x, y, width, height, value] of boxes)
      for (let row = y; row < y + height; row++) mask.paintRow(row, x, x + width, value);
    for (const [at, value] of dots) mask.data[at] = value;
    return mask;
  });
const copy = (mask: Mask): Mask => new Mask(mask.width, mask.height, mask.data.slice());
const value = fc.integer({ min: 1, max: 3 });
const reach = fc.integer({ min: 1, max: 4 });

describe("the golden edits, as scipy makes them", () => {
  it.each(golden.edits)("$edit of class $value by $amount", (one) => {
    const mask = fromRows(one.before);
    new Drawing(mask, () => undefined).edit(one.edit as Edit, one.value, one.amount);
    expect(toRows(mask)).toEqual(one.after);
  });

  it.each(golden.between)("interpolation at $part", (one) => {
    const before = fromRows(one.before);
    const between = interpolate(before, fromRows(one.after), one.part);
    expect(toRows(new Mask(before.width, before.height, between))).toEqual(one.between);
  });
});

describe("squaredDistance", () => {
  it("is that of the nearest set pixel", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 77, maxLength: 77, max: 6 }), (noise) => {
        const [width, height] = [11, 7];
        const bits = noise.map((one) => (one === 0 ? 1 : 0));
        const found = squaredDistance(bits, width, height);
        bits.forEach((_, at) => {
          let least = (width + height) ** 2;
          bits.forEach((bit, i) => {
            const dx = (at % width) - (i % width);
            const dy = Math.floor(at / width) - Math.floor(i / width);
            if (bit) least = Math.min(least, dx * dx + dy * dy);
          });
          expect(found[at]).toBe(least);
        });
      }),
    );
  });
});

describe("the edits of a class", () => {
  it("grow and then shrink: holds the original", () => {
    fc.assert(
      fc.property(shapes, value, reach, (start, label, n) => {
        const mask = copy(start);
        grow(mask, label, n, NO_RULES);
        shrink(mask, label, n, NO_RULES);
        start.data.forEach((old, i) => {
          if (old === label) expect(mask.data[i]).toBe(label);
        });
      }),
    );
  });

  it("fill holes: a second time changes nothing, and other classes inside stay", () => {
    fc.assert(
      fc.property(shapes, value, (start, label) => {
        const mask = copy(start);
        fillHoles(mask, label, NO_RULES);
        start.data.forEach((old, i) => {
          if (old !== 0) expect(mask.data[i]).toBe(old);
        });
        const once = mask.data.slice();
        fillHoles(mask, label, NO_RULES);
        expect(mask.data).toEqual(once);
      }),
    );
  });

  it("remove islands: nothing is left that is smaller, and nothing larger is touched", () => {
    fc.assert(
      fc.property(shapes, value, fc.integer({ min: 1, max: 30 }), (start, label, size) => {
        const mask = copy(start);
        removeIslands(mask, label, size, NO_RULES);
        const once = mask.data.slice();
        removeIslands(mask, label, size, NO_RULES);
        expect(mask.data).toEqual(once);
        start.data.forEach((old, i) => {
          if (old !== label) expect(mask.data[i]).toBe(old);
        });
      }),
    );
  });

  it("smooth: changes only what lies within reach of the class's border", () => {
    fc.assert(
      fc.property(shapes, value, reach, (start, label, n) => {
        const mask = copy(start);
        smooth(mask, label, n, NO_RULES);
        const inside = start.data.map((one) => (one === label ? 1 : 0));
        const toInside = squaredDistance(inside, WIDTH, HEIGHT);
        const toOutside = squaredDistance(
          inside.map((bit) => 1 - bit),
          WIDTH,
          HEIGHT,
        );
        mask.data.forEach((now, i) => {
          if (now === start.data[i]) return;
          expect(Math.max(toInside[i], toOutside[i])).toBeLessThanOrEqual(n * n);
          // nobody else gains or loses
          expect([now, start.data[i]]).toContain(label);
        });
      }),
    );
  });
});

describe("interpolation", () => {
  it("of equal masks is the mask, wherever the slice lies", () => {
    fc.assert(
      fc.property(shapes, fc.double({ min: 0, max: 1, noNaN: true }), (mask, part) => {
        expect(interpolate(mask, mask, part)).toEqual(mask.data);
      }),
    );
  });

  it("at an end is the mask of that end, for the classes both hold", () => {
    fc.assert(
      fc.property(shapes, shapes, (before, after) => {
        const held = after.count();
        expect(interpolate(before, after, 0)).toEqual(before.data.map((one) => (held[one] > 0 ? one : 0)));
      }),
    );
  });

  it.each([8, 20])("moves a shape half of the way, also where its two places have nothing in common (%i)", (far) => {
    const square = (left: number): Mask => {
      const mask = new Mask(30, 12);
      for (let y = 3; y < 9; y++) mask.paintRow(y, left, left + 8, 2);
      return mask;
    };
    const middle = new Mask(30, 12, interpolate(square(4), square(far), 0.5));
    expect(middle.boxOf(2)).toEqual({ left: 2 + far / 2, top: 3, right: 10 + far / 2, bottom: 9 });
  });

  it("refuses masks of different sizes", () => {
    expect(() => interpolate(new Mask(3, 3), new Mask(3, 4), 0.5)).toThrow(RangeError);
  });
});
