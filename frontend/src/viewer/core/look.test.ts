// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { foreground, histogramOf, valueAt, windowOfParts } from "./histogram";
import { areaOf, lengthOf, patientPosition } from "./measure";
import { nearestFirst, LatestUsed, WheelSteps } from "./slices";
import { lookupTable, paintPixels } from "./window";

describe("measuring", () => {
  it("gives mm by the spacing of rows and columns, pixels without", () => {
    const [from, to] = [{ x: 1, y: 1 }, { x: 4, y: 5 }];
    expect(lengthOf(from, to, null)).toEqual({ value: 5, unit: "px" });
    expect(lengthOf(from, to, [0.5, 2])).toEqual({ value: Math.hypot(6, 2), unit: "mm" });
  });

  it("gives the area of each class in mm², and none without a spacing", () => {
    expect([...(areaOf([10, 3], [0.5, 2]) ?? [])]).toEqual([10, 3]);
    expect([...(areaOf([10, 3], [0.5, 0.5]) ?? [])]).toEqual([2.5, 0.75]);
    expect(areaOf([10, 3], null)).toBeNull();
  });

  it("finds a pixel in the patient: the first pixel's centre is the origin, columns go along the row's direction", () => {
    const place = { origin: [-100, -50, 30], orientation: [0, 1, 0, 0, 0, -1] };
    expect(patientPosition({ x: 0.5, y: 0.5 }, place, [2, 3])).toEqual([-100, -50, 30]);
    expect(patientPosition({ x: 10.5, y: 4.5 }, place, [2, 3])).toEqual([-100, -20, 22]);
  });
});

describe("the histogram", () => {
  const values = fc.oneof(
    fc.int16Array({ minLength: 1, maxLength: 300 }),
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
    fc.uint16Array({ minLength: 1, maxLength: 300 }),
  );

  it("counts every value once, in the bin it belongs to", () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 200 }), (pixels, bins) => {
        const { low, step, counts, total } = histogramOf(pixels, bins);
        expect(total).toBe(pixels.length);
        expect(counts.length).toBeLessThanOrEqual(bins);
        const expected = new Array<number>(counts.length).fill(0);
        for (const value of pixels) expected[Math.floor((value - low) / step)]++;
        expect([...counts]).toEqual(expected);
      }),
    );
  });

  it("finds percentiles to the width of a bin", () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (pixels, part) => {
        const histogram = histogramOf(pixels, 100);
        const value = valueAt(histogram, part);
        const below = [...pixels].reduce((n, one) => n + Number(one < value + histogram.step), 0);
        const under = [...pixels].reduce((n, one) => n + Number(one < value - histogram.step), 0);
        expect(below / pixels.length).toBeGreaterThanOrEqual(part - 1e-9);
        expect(under / pixels.length).toBeLessThanOrEqual(part + 1e-9);
      }),
    );
  });

  it("makes windows of parts, of a flat image too, and leaves the air out", () => {
    const pixels = Int16Array.from({ length: 1000 }, (_, i) => (i < 700 ? i % 20 : 500 + (i % 100)));
    const histogram = histogramOf(pixels, 600);
    const whole = windowOfParts(histogram, 0, 1);
    expect([whole.centre, whole.width]).toEqual([300, 600]);
    const tissue = windowOfParts(foreground(histogram), 0, 1);
    expect(tissue.centre - tissue.width / 2).toBeGreaterThan(19);
    expect(tissue.centre + tissue.width / 2).toBeGreaterThanOrEqual(599);
    const flat = histogramOf(new Uint8Array(50).fill(7));
    expect(windowOfParts(foreground(flat), 0.01, 0.99).width).toBeGreaterThanOrEqual(2);
    expect(histogramOf(new Uint8Array()).total).toBe(0);
  });
});

describe("an inverted window", () => {
  it("shows each value as bright as it was dark", () => {
    const window = { centre: 40, width: 400 };
    const plain = lookupTable(new Int16Array(), window);
    const inverted = lookupTable(new Int16Array(), window, true);
    expect([...inverted.table]).toEqual([...plain.table].map((grey) => 255 - grey));
    const words = new Uint32Array(2);
    paintPixels(Int16Array.of(-1000, 3000), 1, inverted, words);
    expect([...words]).toEqual([0xffffffff, 0xff000000]);
  });
});

describe("slices", () => {
  it("are fetched nearest first, ahead before behind, each once", () => {
    expect(nearestFirst(2, 6, 1, 10)).toEqual([2, 3, 1, 4, 0, 5]);
    expect(nearestFirst(2, 6, -1, 4)).toEqual([2, 1, 3, 0]);
    fc.assert(
      fc.property(fc.nat(50), fc.integer({ min: 1, max: 51 }), fc.nat(60), (at, count, most) => {
        fc.pre(at < count);
        const order = nearestFirst(at, count, 1, most);
        expect(new Set(order).size).toBe(order.length);
        expect(order.length).toBe(Math.min(count, most));
      }),
    );
  });

  it("come one for a notch, and one for a notch's worth of small movements", () => {
    const steps = new WheelSteps(40);
    expect([100, -100, 20, 20, 39, -39, -1].map((pixels) => steps.take(pixels))).toEqual([1, -1, 0, 1, 0, 0, -1]);
  });

  it("fit the shelf whatever is put on it, the newest always", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 60 })), { maxLength: 60 }), (puts) => {
        const shelf = new LatestUsed<number>(100);
        for (const [key, bytes] of puts) {
          shelf.put(key, bytes, bytes);
          expect(shelf.bytes).toBeLessThanOrEqual(100);
          expect(shelf.get(key)).toBe(bytes);
          const all = Array.from({ length: 10 }, (_, one) => (shelf.has(one) ? (shelf.get(one) ?? 0) : 0));
          expect(all.reduce((a, b) => a + b, 0)).toBe(shelf.bytes);
          shelf.get(key);
        }
      }),
    );
  });

  it("that were used last stay longest", () => {
    const shelf = new LatestUsed<string>(30);
    for (const key of [1, 2, 3]) shelf.put(key, String(key), 10);
    shelf.get(1);
    shelf.put(4, "4", 10);
    expect([1, 2, 3, 4].filter((key) => shelf.has(key))).toEqual([1, 3, 4]);
  });
});
