import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { acceptBox, acceptClass, acceptRegion, boxOf, clearBox } from "./accept";
import { Drawing } from "./drawing";
import { Mask } from "./mask";
import { NO_RULES } from "./rules";

const SIDE = 12;
const labels = fc.uint8Array({ minLength: SIDE * SIDE, maxLength: SIDE * SIDE, max: 3 });
const place = fc.record({ x: fc.double({ min: -3, max: SIDE + 3, noNaN: true }), y: fc.double({ min: -3, max: SIDE + 3, noNaN: true }) });
const closed = fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });

const drawn = (rows: string[]): Uint8Array => Uint8Array.from(rows.join(""), Number);
const mask = (data: Uint8Array, width = SIDE): Mask => new Mask(width, data.length / width, data.slice());

describe("a region taken by a click", () => {
  const suggestion = drawn(["110022", "110200", "001022", "000000", "111111"]);

  it("is that region alone, joined by sides and corners", () => {
    const target = mask(new Uint8Array(30), 6);
    const rect = acceptRegion(target, suggestion, { x: 0.5, y: 0.5 }, NO_RULES);
    expect([...target.data]).toEqual([...drawn(["110000", "110000", "001000", "000000", "000000"])]);
    expect(rect).toEqual({ left: 0, top: 0, right: 3, bottom: 3 });
  });

  it("is none on background and outside the image", () => {
    const target = mask(new Uint8Array(30), 6);
    for (const point of [{ x: 2.5, y: 0.5 }, { x: -1, y: 0 }, { x: 99, y: 0 }])
      acceptRegion(target, suggestion, point, NO_RULES);
    expect(target.data.some(Boolean)).toBe(false);
  });

  it("only ever makes the mask more like the suggestion, and nothing outside the class", () => {
    fc.assert(
      fc.property(labels, labels, place, (before, wanted, point) => {
        const target = mask(before);
        acceptRegion(target, wanted, point, NO_RULES);
        const x = Math.floor(point.x);
        const y = Math.floor(point.y);
        const value = x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : wanted[y * SIDE + x];
        return target.data.every(
          (now, i) => now === before[i] || (now === wanted[i] && now === value && value > 0),
        );
      }),
    );
  });
});

describe("a class, a box", () => {
  it("takes all of the class and leaves every other pixel", () => {
    fc.assert(
      fc.property(labels, labels, fc.integer({ min: 1, max: 3 }), (before, wanted, value) => {
        const target = mask(before);
        acceptClass(target, wanted, value, NO_RULES);
        return target.data.every((now, i) => now === (wanted[i] === value ? value : before[i]));
      }),
    );
  });

  it("is the suggestion inside the box and unchanged outside, whichever corner came first", () => {
    fc.assert(
      fc.property(labels, labels, place, place, (before, wanted, a, b) => {
        const target = mask(before);
        const box = boxOf(a, b, target);
        expect(boxOf(b, a, target)).toEqual(box);
        acceptBox(target, wanted, box, NO_RULES);
        return target.data.every((now, i) => {
          const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
          const inside = x >= box.left && x < box.right && y >= box.top && y < box.bottom;
          return now === (inside ? wanted[i] : before[i]);
        });
      }),
    );
  });

  it("holds every pixel that a corner lies in", () => {
    expect(boxOf({ x: 2.9, y: 3.1 }, { x: 5, y: 3.2 }, { width: 9, height: 9 })).toEqual({ left: 2, top: 3, right: 6, bottom: 4 });
  });
});

describe("locked and hidden classes", () => {
  it("neither lose nor gain a pixel, and each action is one step of undo", () => {
    fc.assert(
      fc.property(labels, labels, closed, place, place, (before, wanted, kept, a, b) => {
        const actions: ((drawing: Drawing) => void)[] = [
          (drawing) => drawing.apply((target, rules) => acceptRegion(target, wanted, a, rules)),
          (drawing) => drawing.apply((target, rules) => acceptClass(target, wanted, 2, rules)),
          (drawing) => drawing.apply((target, rules) => acceptBox(target, wanted, boxOf(a, b, target), rules)),
          (drawing) => drawing.apply((target, rules) => clearBox(target, boxOf(a, b, target), rules)),
        ];
        for (const act of actions) {
          const drawing = new Drawing(mask(before), () => undefined);
          drawing.protect({ closed: new Set(kept), over: null });
          act(drawing);
          drawing.mask.data.forEach((now, i) => {
            for (const value of kept) expect(now === value).toBe(before[i] === value);
          });
          if (drawing.canUndo) drawing.undo();
          expect(drawing.canUndo).toBe(false);
          expect([...drawing.mask.data]).toEqual([...before]);
        }
      }),
      { numRuns: 60 },
    );
  });
});
