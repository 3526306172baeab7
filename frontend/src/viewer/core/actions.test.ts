// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Drawing, type Edit, type Mode } from "./drawing";
import { Mask } from "./mask";
import { similarRegion, type RegionOptions } from "./region";
import type { Rules } from "./rules";
import { Shelf } from "./shelf";

const WIDTH = 23;
const HEIGHT = 17;
const values = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i * 7) % 61);
const raster = { pixels: values, width: WIDTH, height: HEIGHT, channels: 1 };

const point = fc.record({
  x: fc.double({ min: -2, max: WIDTH + 2, noNaN: true }),
  y: fc.double({ min: -2, max: HEIGHT + 2, noNaN: true }),
});
const value = fc.nat(4);
const mode = fc.constantFrom<Mode>("add", "subtract");
const bytes = fc.uint8Array({ minLength: WIDTH * HEIGHT, maxLength: WIDTH * HEIGHT, max: 4 });

/** One action of a person. */
type Action = (drawing: Drawing) => void;

const brush = fc.record({
  radius: fc.double({ min: 0.5, max: 5, noNaN: true }),
  shape: fc.constantFrom("round" as const, "square" as const),
  gate: fc.option(fc.record({ values: fc.constant(values), low: fc.nat(30), high: fc.integer({ min: 30, max: 61 }) })),
});
const stroke = fc
  .tuple(fc.array(point, { minLength: 1, maxLength: 5 }), brush, value)
  .map(([points, tool, label]): Action => (drawing) => {
    drawing.strokeBegin(points[0], tool, label);
    for (const next of points.slice(1)) drawing.strokeTo(next);
    drawing.strokeEnd();
  });
const polygon = fc
  .tuple(fc.array(point, { minLength: 3, maxLength: 6 }), value, mode)
  .map(([points, label, how]): Action => (drawing) => {
    drawing.polygon(points, label, how);
  });
const fill = fc.tuple(point, value).map(([at, label]): Action => (drawing) => {
  drawing.fill(at, label);
});
const options: fc.Arbitrary<RegionOptions> = fc.record({
  tolerance: fc.nat(20),
  compare: fc.constantFrom("seed" as const, "neighbour" as const),
  connected: fc.boolean(),
});
const region = fc
  .tuple(fc.nat(WIDTH - 1), fc.nat(HEIGHT - 1), fc.array(options, { minLength: 1, maxLength: 3 }), value, mode)
  .map(([x, y, tries, label, how]): Action => (drawing) => {
    for (const one of tries) drawing.regionTry(similarRegion(raster, x, y, one), label, how);
    drawing.strokeEnd();
  });
const edit = fc
  .tuple(fc.constantFrom<Edit>("fillHoles", "removeIslands", "smooth", "grow", "shrink"), value, fc.integer({ min: 1, max: 5 }))
  .map(([name, label, amount]): Action => (drawing) => {
    drawing.edit(name, label, amount);
  });
const relabel = fc.array(fc.tuple(value, value), { maxLength: 3 }).map((pairs): Action => (drawing) => {
  drawing.relabel(new Map(pairs));
});
const layOver = fc.tuple(bytes, fc.option(value)).map(([data, part]): Action => (drawing) => {
  drawing.layOver(data, part);
});
const layIn = bytes.map((data): Action => (drawing) => {
  drawing.layIn(data);
});
const obedient = fc.oneof(stroke, polygon, fill, region, edit, relabel, layOver);
const rules: fc.Arbitrary<Rules> = fc.record({
  closed: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }).map((list) => new Set(list)),
  over: fc.option(value),
});
const protect = rules.map((one): Action => (drawing) => {
  drawing.protect(one);
});

describe("any sequence of actions", () => {
  const sequence = fc.array(fc.oneof(obedient, layIn, protect), { maxLength: 14 });

  it("is undone to the start and redone to the end, byte for byte, each action one step", () => {
    fc.assert(
      fc.property(bytes, sequence, (start, list) => {
        const mask = new Mask(WIDTH, HEIGHT, start.slice());
        const states = [mask.data.slice()];
        let told = 0;
        const drawing = new Drawing(mask, (_, finished) => {
          if (finished) told++;
        });
        for (const act of list) {
          const before = told;
          act(drawing);
          expect(told - before).toBeLessThanOrEqual(1);
          if (told > before) states.push(mask.data.slice());
          else expect(mask.data).toEqual(states.at(-1));
        }
        for (const state of states.slice(0, -1).reverse()) {
          drawing.undo();
          expect(mask.data).toEqual(state);
        }
        expect(drawing.canUndo).toBe(false);
        expect(mask.data).toEqual(start);
        for (const state of states.slice(1)) {
          drawing.redo();
          expect(mask.data).toEqual(state);
        }
        expect(drawing.canRedo).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it("says where it changed something, and changes nothing elsewhere", () => {
    fc.assert(
      fc.property(bytes, sequence, (start, list) => {
        const mask = new Mask(WIDTH, HEIGHT, start.slice());
        const seen = start.slice();
        const shown = new Mask(WIDTH, HEIGHT, seen);
        const drawing = new Drawing(mask, (rect) => {
          shown.paste(rect, mask.crop(rect));
        });
        for (const act of list) act(drawing);
        expect(shown.data).toEqual(mask.data);
      }),
      { numRuns: 60 },
    );
  });
});

describe("the rules", () => {
  it("closed classes neither lose nor gain a pixel, whatever is done", () => {
    fc.assert(
      fc.property(bytes, rules, fc.array(obedient, { maxLength: 8 }), (start, given, list) => {
        const mask = new Mask(WIDTH, HEIGHT, start.slice());
        const drawing = new Drawing(mask, () => undefined);
        drawing.protect(given);
        for (const act of list) act(drawing);
        for (const label of given.closed)
          expect(mask.data.map((one) => (one === label ? 1 : 0))).toEqual(start.map((one) => (one === label ? 1 : 0)));
      }),
      { numRuns: 80 },
    );
  });

  it("painting over one class leaves the others as they are", () => {
    fc.assert(
      fc.property(bytes, value, fc.array(fc.oneof(stroke, polygon, fill, region), { maxLength: 8 }), (start, over, list) => {
        const mask = new Mask(WIDTH, HEIGHT, start.slice());
        const drawing = new Drawing(mask, () => undefined);
        drawing.protect({ closed: new Set(), over });
        // one action only: what it paints becomes another class, which must then stay
        list.at(0)?.(drawing);
        mask.data.forEach((now, i) => {
          if (now !== start[i] && now !== 0) expect(start[i]).toBe(over);
          if (now !== start[i] && now === 0 && over !== 0) expect(start[i]).toBe(over);
        });
      }),
    );
  });
});

describe("the shelf", () => {
  function drawn(start: Uint8Array, list: Action[]): Drawing {
    const drawing = new Drawing(new Mask(WIDTH, HEIGHT, start.slice()), () => undefined);
    for (const act of list) act(drawing);
    return drawing;
  }
  const several = fc.array(obedient, { minLength: 1, maxLength: 6 });

  it("gives the past back to the mask it was left with: undo goes on to the start", () => {
    fc.assert(
      fc.property(bytes, several, several, (start, before, after) => {
        const shelf = new Shelf();
        const first = drawn(start, before);
        shelf.put(7, first.mask.data, first.past);
        const mask = new Mask(WIDTH, HEIGHT, first.mask.data.slice());
        const again = new Drawing(mask, () => undefined, shelf.take(7, mask.data));
        for (const act of after) act(again);
        while (again.canUndo) again.undo();
        expect(mask.data).toEqual(start);
      }),
      { numRuns: 40 },
    );
  });

  it("gives nothing to another mask, and not twice", () => {
    const shelf = new Shelf();
    const one = new Drawing(new Mask(4, 1), () => undefined);
    one.layIn(Uint8Array.of(1, 1, 2, 2));
    shelf.put(1, one.mask.data, one.past);
    expect(shelf.take(1, Uint8Array.of(1, 1, 2, 0))).toBeUndefined();
    shelf.put(1, one.mask.data, one.past);
    expect(shelf.take(1, Uint8Array.of(1, 1, 2, 2))).toBeDefined();
    expect(shelf.take(1, Uint8Array.of(1, 1, 2, 2))).toBeUndefined();
  });

  it("drops what was left longest ago once it is full", () => {
    const shelf = new Shelf(30);
    for (const image of [1, 2, 3]) {
      const one = new Drawing(new Mask(4, 1), () => undefined);
      one.layIn(Uint8Array.of(1, 2, 3, image));
      shelf.put(image, one.mask.data, one.past);
    }
    expect(shelf.take(1, Uint8Array.of(1, 2, 3, 1))).toBeUndefined();
    expect(shelf.take(3, Uint8Array.of(1, 2, 3, 3))).toBeDefined();
  });
});
