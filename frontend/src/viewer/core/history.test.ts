// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { paintSegment } from "./brush";
import { floodFill } from "./fill";
import { History } from "./history";
import { Mask } from "./mask";
import { fillPolygon } from "./polygon";
import { isEmpty } from "./rect";
import { pack, unpack } from "./runs";

const WIDTH = 23;
const HEIGHT = 17;

const point = fc.record({
  x: fc.double({ min: -2, max: WIDTH + 2, noNaN: true }),
  y: fc.double({ min: -2, max: HEIGHT + 2, noNaN: true }),
});
const value = fc.nat(4);
const bytes = fc.uint8Array({ minLength: WIDTH * HEIGHT, maxLength: WIDTH * HEIGHT, max: 4 });

/** One action of a person: it changes the mask through the history. */
type Action = (mask: Mask, history: History) => void;

const stroke: fc.Arbitrary<Action> = fc
  .tuple(fc.array(point, { minLength: 1, maxLength: 5 }), value, fc.double({ min: 0.5, max: 5, noNaN: true }))
  .map(([points, label, radius]) => (mask, history) => {
    points.forEach((to, i) =>
      history.touch(paintSegment(mask, points[Math.max(0, i - 1)], to, { radius }, label)),
    );
  });
const polygon: fc.Arbitrary<Action> = fc
  .tuple(fc.array(point, { minLength: 3, maxLength: 6 }), value)
  .map(([points, label]) => (mask, history) => {
    history.touch(fillPolygon(mask, points, label));
  });
const fill: fc.Arbitrary<Action> = fc
  .tuple(fc.nat(WIDTH - 1), fc.nat(HEIGHT - 1), value)
  .map(([x, y, label]) => (mask, history) => {
    history.touch(floodFill(mask, x, y, label));
  });
const layIn: fc.Arbitrary<Action> = bytes.map((data) => (mask, history) => {
  history.touch(mask.replace(data));
});
const actions = fc.array(fc.oneof(stroke, polygon, fill, layIn), { maxLength: 12 });

describe("History", () => {
  it("gives the start back byte for byte, and redo gives the end back", () => {
    fc.assert(
      fc.property(bytes, actions, (start, list) => {
        const mask = new Mask(WIDTH, HEIGHT, start.slice());
        const history = new History(mask);
        const states = [mask.data.slice()];
        for (const act of list) {
          act(mask, history);
          if (!isEmpty(history.commit())) states.push(mask.data.slice());
        }
        for (const state of states.slice(0, -1).reverse()) {
          expect(history.canUndo).toBe(true);
          history.undo();
          expect(mask.data).toEqual(state);
        }
        expect(history.canUndo).toBe(false);
        expect(mask.data).toEqual(start);
        for (const state of states.slice(1)) {
          history.redo();
          expect(mask.data).toEqual(state);
        }
        expect(history.canRedo).toBe(false);
      }),
    );
  });

  it("takes back an action that is not over", () => {
    fc.assert(
      fc.property(bytes, stroke, (start, act) => {
        const mask = new Mask(WIDTH, HEIGHT, start.slice());
        const history = new History(mask);
        act(mask, history);
        history.cancel();
        expect(mask.data).toEqual(start);
        expect(history.pending).toBe(false);
        expect(history.canUndo).toBe(false);
      }),
    );
  });

  it("forgets what could be redone once something new is done, and keeps 200 steps", () => {
    const mask = new Mask(3, 1);
    const history = new History(mask);
    for (let i = 1; i <= 201; i++) {
      history.touch(floodFill(mask, 0, 0, i));
      history.commit();
    }
    let steps = 0;
    for (; history.canUndo; steps++) history.undo();
    expect(steps).toBe(200);
    expect(mask.at(0, 0)).toBe(1);
    history.touch(floodFill(mask, 0, 0, 250));
    history.commit();
    expect(history.canRedo).toBe(false);
  });

  it("adds no step for an action that changes nothing in the end", () => {
    const mask = new Mask(3, 1);
    const history = new History(mask);
    history.touch(floodFill(mask, 0, 0, 1));
    history.touch(floodFill(mask, 0, 0, 0));
    expect(isEmpty(history.commit())).toBe(true);
    expect(history.canUndo).toBe(false);
  });
});

describe("runs", () => {
  it("unpack what was packed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 20000 })), { maxLength: 20 }),
        (runs) => {
          const data = Uint8Array.from(
            runs.flatMap(([label, length]) => new Array<number>(length).fill(label)),
          );
          const back = unpack(pack(data), data.length);
          expect(data.every((label, i) => label === back[i])).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("make long runs small", () => {
    expect(pack(new Uint8Array(3_000_000)).length).toBeLessThan(8);
  });
});
