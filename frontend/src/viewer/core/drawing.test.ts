// @vitest-environment node
import { describe, expect, it } from "vitest";

import { Drawing } from "./drawing";
import { Mask } from "./mask";

function surface() {
  const mask = new Mask(20, 20);
  const finished: boolean[] = [];
  const drawing = new Drawing(mask, (_rect, done) => finished.push(done));
  return { mask, drawing, finished };
}

describe("Drawing", () => {
  it("makes one step of undo of a stroke of many points", () => {
    const { mask, drawing, finished } = surface();
    drawing.strokeBegin({ x: 2, y: 2 }, { radius: 1 }, 1);
    drawing.strokeTo({ x: 10, y: 2 });
    drawing.strokeTo({ x: 10, y: 15 });
    expect(finished).not.toContain(true);
    drawing.strokeEnd();
    expect(finished.filter(Boolean)).toHaveLength(1);
    drawing.undo();
    expect(mask.count()[0]).toBe(400);
    expect(drawing.canUndo).toBe(false);
    drawing.redo();
    expect(mask.at(10, 14)).toBe(1);
  });

  it("takes back a stroke in the middle, and the rest of that stroke paints no more", () => {
    const { mask, drawing } = surface();
    drawing.strokeBegin({ x: 2, y: 2 }, { radius: 1 }, 1);
    drawing.undo();
    drawing.strokeTo({ x: 10, y: 10 });
    drawing.strokeEnd();
    expect(mask.count()[0]).toBe(400);
    expect(drawing.canRedo).toBe(false);
  });

  it("keeps protected classes from brush, polygon and fill, and not from a mask laid in", () => {
    const { mask, drawing } = surface();
    drawing.layIn(new Uint8Array(400).fill(2));
    drawing.protect({ closed: new Set([2]), over: null });
    drawing.fill({ x: 5, y: 5 }, 1);
    drawing.strokeBegin({ x: 2, y: 2 }, { radius: 3 }, 0);
    drawing.strokeEnd();
    drawing.polygon(
      [
        { x: 0, y: 0 },
        { x: 9, y: 0 },
        { x: 9, y: 9 },
      ],
      3,
    );
    expect(mask.count()[2]).toBe(400);
    drawing.layIn(new Uint8Array(400));
    expect(mask.count()[0]).toBe(400);
  });

  it("ends a stroke that another action interrupts", () => {
    const { mask, drawing } = surface();
    drawing.strokeBegin({ x: 2.5, y: 2.5 }, { radius: 1 }, 1);
    drawing.fill({ x: 15, y: 15 }, 2);
    drawing.undo();
    expect(mask.at(2, 2)).toBe(1);
    drawing.undo();
    expect(mask.count()[0]).toBe(400);
  });
});
