// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { floodFill } from "./fill";
import { ALL_WRITABLE, Mask } from "./mask";
import { isEmpty } from "./rect";

const WIDTH = 9;
const HEIGHT = 7;

function reference(mask: Mask, x: number, y: number, value: number): Uint8Array {
  const out = mask.data.slice();
  const old = mask.at(x, y);
  const open: [number, number][] = old === value ? [] : [[x, y]];
  for (let at = open.pop(); at; at = open.pop()) {
    const [ax, ay] = at;
    if (ax < 0 || ay < 0 || ax >= mask.width || ay >= mask.height) continue;
    if (out[ay * mask.width + ax] !== old) continue;
    out[ay * mask.width + ax] = value;
    open.push([ax - 1, ay], [ax + 1, ay], [ax, ay - 1], [ax, ay + 1]);
  }
  return out;
}

describe("floodFill", () => {
  it("fills the same region as a plain search", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: WIDTH * HEIGHT, maxLength: WIDTH * HEIGHT, max: 2 }),
        fc.nat(WIDTH - 1),
        fc.nat(HEIGHT - 1),
        fc.nat(3),
        (data, x, y, value) => {
          const mask = new Mask(WIDTH, HEIGHT, data.slice());
          const expected = reference(mask, x, y, value);
          const before = mask.data.slice();
          const rect = floodFill(mask, x, y, value);
          expect(mask.data).toEqual(expected);
          mask.data.forEach((now, i) => {
            const px = i % WIDTH;
            const py = Math.floor(i / WIDTH);
            const within = px >= rect.left && px < rect.right && py >= rect.top && py < rect.bottom;
            if (!within) expect(now).toBe(before[i]);
          });
        },
      ),
    );
  });

  it("does nothing outside, on its own value, and on a class that is not writable", () => {
    const mask = new Mask(3, 3);
    const writable = ALL_WRITABLE.slice();
    writable[0] = 0;
    expect(isEmpty(floodFill(mask, -1, 0, 1))).toBe(true);
    expect(isEmpty(floodFill(mask, 1, 1, 0))).toBe(true);
    expect(isEmpty(floodFill(mask, 1, 1, 1, writable))).toBe(true);
    expect(mask.count()[0]).toBe(9);
  });

  it("does not leak through a diagonal outline", () => {
    const mask = new Mask(5, 5);
    for (const [x, y] of [
      [2, 0],
      [1, 1],
      [3, 1],
      [0, 2],
      [4, 2],
      [1, 3],
      [3, 3],
      [2, 4],
    ])
      mask.data[y * 5 + x] = 1;
    floodFill(mask, 2, 2, 2);
    expect(mask.count()[2]).toBe(5);
    expect(mask.at(0, 0)).toBe(0);
  });
});
