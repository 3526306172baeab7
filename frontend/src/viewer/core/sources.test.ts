import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { acceptBox } from "./accept";
import { Drawing } from "./drawing";
import { Mask } from "./mask";
import { Sources, type Source } from "./sources";

const SIDE = 10;
const PIXELS = SIDE * SIDE;
const WHOLE = { left: 0, top: 0, right: SIDE, bottom: SIDE };
const NOTHING = { suggested: 0, changed: 0, clicked: 0, copied: 0, drawn: 0, removed: 0 };

/** A drawing whose sources are kept as the surface does it. */
function bench(start = new Uint8Array(PIXELS)) {
  const mask = new Mask(SIDE, SIDE, start.slice());
  const sources = new Sources(mask.data, SIDE);
  let source: Source = "drawn";
  let undoing: object | null = null;
  let redoing = false;
  const drawing = new Drawing(mask, (rect, finished) => {
    if (!finished) return;
    if (undoing) sources.undone(rect, undoing);
    else if (redoing) sources.redone(rect, drawing.last as object);
    else sources.acted(rect, drawing.last as object, source);
  });
  return {
    mask,
    sources,
    put(data: Uint8Array, from: Source): void {
      source = from;
      drawing.apply((target, rules) => acceptBox(target, data, WHOLE, rules));
      source = "drawn";
    },
    undo(): void {
      undoing = (drawing.last ?? null) as object | null;
      if (undoing) drawing.undo();
      undoing = null;
    },
    redo(): void {
      redoing = true;
      drawing.redo();
      redoing = false;
    },
  };
}

const filled = (pixels: number, value: number): Uint8Array => new Uint8Array(PIXELS).fill(value, 0, pixels);

describe("where pixels come from", () => {
  it("keeps what was accepted, changed, erased and drawn apart", () => {
    const { put, sources, mask } = bench();
    put(filled(40, 1), "suggested");
    expect(sources.count()).toEqual({ ...NOTHING, suggested: 40 });
    const next = mask.data.slice();
    next.fill(2, 0, 5);
    next.fill(0, 5, 12);
    next.fill(1, 40, 50);
    put(next, "drawn");
    expect(sources.count()).toEqual({ ...NOTHING, suggested: 28, changed: 5, removed: 7, drawn: 10 });
    put(filled(60, 3), "clicked");
    expect(sources.count()).toEqual({ ...NOTHING, clicked: 60 });
  });

  it("does not count as accepted what merely agrees with a suggestion", () => {
    const { put, sources } = bench();
    put(filled(40, 1), "drawn");
    put(filled(40, 1), "suggested");
    expect(sources.count()).toEqual({ ...NOTHING, drawn: 40 });
  });

  it("goes back and forth with undo and redo", () => {
    const kinds = fc.constantFrom<Source>("suggested", "clicked", "copied", "drawn");
    const data = fc.uint8Array({ minLength: PIXELS, maxLength: PIXELS, max: 2 });
    fc.assert(
      fc.property(fc.array(fc.tuple(data, kinds), { maxLength: 6 }), (steps) => {
        const { put, undo, redo, sources, mask } = bench();
        const told = [sources.count()];
        for (const [bytes, kind] of steps) {
          const before = mask.data.slice();
          put(bytes, kind);
          if (before.some((value, i) => value !== mask.data[i])) told.push(sources.count());
        }
        for (let i = told.length - 2; i >= 0; i--) {
          undo();
          expect(sources.count()).toEqual(told[i]);
        }
        for (let i = 1; i < told.length; i++) {
          redo();
          expect(sources.count()).toEqual(told[i]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("adds up to the pixels of the mask, whatever happens", () => {
    const data = fc.uint8Array({ minLength: PIXELS, maxLength: PIXELS, max: 2 });
    const kinds = fc.constantFrom<Source>("suggested", "clicked", "copied", "drawn");
    fc.assert(
      fc.property(data, fc.array(fc.tuple(data, kinds), { maxLength: 5 }), (start, steps) => {
        const { put, sources, mask } = bench(start);
        for (const [bytes, kind] of steps) put(bytes, kind);
        const { removed, ...parts } = sources.count();
        expect(removed).toBeGreaterThanOrEqual(0);
        const sum = Object.values(parts).reduce((a, b) => a + b, 0);
        expect(sum).toBe(mask.data.filter((value) => value > 0).length);
      }),
    );
  });
});

describe("a draft that is opened again", () => {
  const counts = { ...NOTHING, suggested: 20, clicked: 10, drawn: 10 };

  it("finds what was accepted in the suggestion, and splits the rest as it was", () => {
    const mask = filled(40, 1);
    const sources = new Sources(mask, SIDE, counts, filled(20, 1));
    expect(sources.count()).toEqual(counts);
    mask.fill(0, 20, 30);
    sources.acted(WHOLE, {}, "drawn");
    expect(sources.count()).toEqual({ ...NOTHING, suggested: 20, clicked: 5, drawn: 5 });
  });

  it("goes by the sum where the suggestion is another one or gone", () => {
    const sources = new Sources(filled(40, 1), SIDE, { ...counts, removed: 3 }, null);
    expect(sources.count()).toEqual({ ...counts, removed: 3 });
  });

  it("counts as drawn where nobody said, and ignores a suggestion nothing of which was accepted", () => {
    const mask = filled(40, 1);
    expect(new Sources(mask, SIDE, null, filled(20, 1)).count()).toEqual({ ...NOTHING, drawn: 40 });
    const none = { ...NOTHING, drawn: 40 };
    expect(new Sources(mask, SIDE, none, filled(20, 1)).count()).toEqual(none);
  });
});
