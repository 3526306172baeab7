// @vitest-environment node
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";

import { difference, paint, type Shown } from "./sideBySide";

class Pixels {
  readonly data: Uint8ClampedArray;
  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.data = new Uint8ClampedArray(width * height * 4);
  }
}

beforeAll(() => {
  Object.assign(globalThis, { ImageData: Pixels });
});

const SIZE = { width: 200, height: 100 };

describe("two masks side by side", () => {
  it("show all that differs, within the image", () => {
    const places = fc.array(fc.nat(SIZE.width * SIZE.height - 1), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(places, (changed) => {
        const mine = new Uint8Array(SIZE.width * SIZE.height);
        const theirs = mine.slice();
        for (const at of changed) theirs[at] = 1;
        const { pixels, part } = difference(mine, theirs, SIZE);
        expect(pixels).toBe(new Set(changed).size);
        const inside = (at: number): boolean => {
          const [x, y] = [at % SIZE.width, Math.floor(at / SIZE.width)];
          return x >= part.left && x < part.left + part.width && y >= part.top && y < part.top + part.height;
        };
        expect(changed.every(inside)).toBe(true);
        expect(part.left >= 0 && part.left + part.width <= SIZE.width).toBe(true);
        expect(part.top >= 0 && part.top + part.height <= SIZE.height).toBe(true);
      }),
    );
  });

  it("show the whole image where nothing differs", () => {
    const mask = new Uint8Array(SIZE.width * SIZE.height);
    expect(difference(mask, mask.slice(), SIZE)).toEqual({ pixels: 0, part: { left: 0, top: 0, ...SIZE } });
  });

  it("have the colours of their classes over the window, and a line around what differs", () => {
    const picture = { id: 1, width: 3, height: 1, channels: 1, pixels: Uint8Array.from([0, 100, 200]) };
    const shown = {
      picture: { ...picture, window: { centre: 100, width: 200 }, spacing: null, unit: "", series: null, place: null },
      window: { centre: 100, width: 200 },
      labels: [{ value: 1, name: "a", colour: "#ff0000" }],
      mask: Uint8Array.from([1, 0, 1]),
      against: null,
      part: { left: 0, top: 0, width: 3, height: 1 },
    } satisfies Shown;
    expect([...paint(shown).data]).toEqual([128, 0, 0, 255, 128, 128, 128, 255, 255, 128, 128, 255]);
    const marked = paint({ ...shown, against: Uint8Array.from([1, 0, 0]) }).data;
    expect([...marked.slice(8, 11)]).toEqual([255, 212, 59]);
    expect([...marked.slice(0, 8)]).toEqual([...paint(shown).data.slice(0, 8)]);
  });
});
