// @vitest-environment node
import { describe, expect, it } from "vitest";

import { Drawing } from "./core/drawing";
import { Mask } from "./core/mask";
import { firstState, type Tool } from "./types";
import { useTools } from "./useTools";

const SIDE = 20;

/** A bright square of 6 x 6 pixels at (5, 5), brighter still at its last column, on dark ground. */
function setUp(tool: Tool) {
  const pixels = new Int16Array(SIDE * SIDE).fill(-900);
  for (let y = 5; y < 11; y++) for (let x = 5; x < 11; x++) pixels[y * SIDE + x] = x === 10 ? 80 : 40;
  const mask = new Mask(SIDE, SIDE);
  let finished = 0;
  const drawing = new Drawing(mask, (_, done) => {
    if (done) finished++;
  });
  const state = firstState();
  Object.assign(state, {
    tool,
    tolerance: 10,
    brush: 6,
    labels: [1, 2].map((value) => ({ value, name: String(value), colour: "#ff0000" })),
    picture: {
      id: 1,
      width: SIDE,
      height: SIDE,
      channels: 1,
      pixels,
      window: { centre: 0, width: 1024 },
      spacing: null,
      unit: "HU",
    },
  });
  const tools = useTools({ state, drawing: () => drawing });
  return { state, tools, mask, drawing, finished: () => finished };
}

const painted = (mask: Mask, value = 1): number => mask.count()[value];

describe("a region", () => {
  it("follows the drag, and then its tolerance, as one step", () => {
    const { state, tools, mask, drawing, finished } = setUp("region");
    tools.regionBegin({ x: 7.5, y: 7.5 });
    expect(painted(mask)).toBe(30);
    tools.regionDrag(40);
    expect(state.tolerance).toBe(50);
    expect(painted(mask)).toBe(36);
    tools.regionEnd();
    expect(finished()).toBe(1);
    state.tolerance = 5;
    tools.tuneRegion();
    expect(painted(mask)).toBe(30);
    drawing.undo();
    expect(painted(mask, 0)).toBe(SIDE * SIDE);
    expect(drawing.canUndo).toBe(false);
  });

  it("no longer follows once something else was done", () => {
    const { state, tools, mask, drawing } = setUp("region");
    tools.regionBegin({ x: 7.5, y: 7.5 });
    tools.regionEnd();
    tools.fillAt({ x: 0.5, y: 0.5 });
    state.tolerance = 2000;
    tools.tuneRegion();
    expect(painted(mask)).toBe(SIDE * SIDE);
    drawing.undo();
    drawing.undo();
    tools.tuneRegion();
    expect(painted(mask)).toBe(0);
  });
});

describe("the threshold brush", () => {
  it("takes the range of its first press, and paints only inside it", () => {
    const { state, tools, mask } = setUp("threshold");
    tools.strokeBegin({ x: 7.5, y: 7.5 });
    tools.strokeEnd();
    expect(state.range).toEqual({ low: 30, high: 50 });
    expect(painted(mask)).toBeGreaterThan(0);
    state.brush = 40;
    tools.strokeBegin({ x: 7.5, y: 7.5 });
    tools.strokeEnd();
    expect(painted(mask)).toBe(30);
  });

  it("widens the range as the pointer goes on, and erases without it", () => {
    const { state, tools, mask } = setUp("threshold");
    tools.pickBegin({ x: 7.5, y: 7.5 });
    tools.pickTo({ x: 9.5, y: 9.5 });
    expect(state.range).toEqual({ low: 40, high: 80 });
    mask.data.fill(1);
    tools.strokeBegin({ x: 1.5, y: 1.5 }, true);
    tools.strokeEnd();
    expect(mask.at(1, 1)).toBe(0);
  });
});

describe("the live wire", () => {
  it("joins its pieces, steps back by whole pieces, and closes along the edge", () => {
    const { state, tools, mask } = setUp("wire");
    for (const [x, y] of [[5, 5], [10, 5], [10, 10]]) tools.addAnchor({ x, y });
    const three = state.polygon.length;
    tools.addAnchor({ x: 5, y: 10 });
    expect(state.polygon.length).toBeGreaterThan(three);
    expect(tools.cornerBack()).toBe(true);
    expect(state.polygon).toHaveLength(three);
    tools.wireTo({ x: 5, y: 10 });
    expect(state.wire.at(0)).toEqual(state.polygon.at(-1));
    tools.addAnchor({ x: 5, y: 10 });
    tools.closeArea();
    expect(state.polygon).toEqual([]);
    expect(painted(mask)).toBeGreaterThan(20);
    expect(painted(mask)).toBeLessThan(50);
  });
});

describe("locks", () => {
  it("refuse to draw the locked class and say so; hidden ones are shown first", () => {
    const { state, tools, mask } = setUp("brush");
    tools.toggleLock(1);
    tools.strokeBegin({ x: 5, y: 5 });
    tools.strokeEnd();
    expect(painted(mask, 0)).toBe(SIDE * SIDE);
    expect(state.refused).toEqual({ label: 1 });
    tools.toggleLock(1);
    tools.toggleClass(1);
    tools.strokeBegin({ x: 5, y: 5 });
    tools.strokeEnd();
    expect(state.hidden.has(1)).toBe(false);
    expect(painted(mask)).toBeGreaterThan(0);
  });

  it("hold against merging and swapping, too", () => {
    const { tools, mask } = setUp("brush");
    mask.data.fill(1, 0, 50);
    mask.data.fill(2, 50, 80);
    tools.toggleLock(2);
    tools.mergeClass(1, 2);
    tools.swapClasses(1, 2);
    expect([painted(mask, 1), painted(mask, 2)]).toEqual([50, 30]);
    tools.toggleLock(2);
    tools.swapClasses(1, 2);
    expect([painted(mask, 1), painted(mask, 2)]).toEqual([30, 50]);
  });
});

describe("subtracting", () => {
  it("takes the chosen class away and no other, and a modifier turns it round", () => {
    const { state, tools, mask } = setUp("lasso");
    mask.data.fill(2);
    mask.data.fill(1, 0, SIDE * 10);
    const whole = [[0, 0], [SIDE, 0], [SIDE, SIDE], [0, SIDE]].map(([x, y]) => ({ x, y }));
    state.flipped = true;
    for (const corner of whole) tools.addCorner(corner);
    tools.closeArea();
    expect(state.flipped).toBe(false);
    expect([painted(mask, 0), painted(mask, 1), painted(mask, 2)]).toEqual([200, 0, 200]);
    state.mode = "subtract";
    state.flipped = true;
    for (const corner of whole) tools.addCorner(corner);
    tools.closeArea();
    expect(painted(mask, 1)).toBe(400);
  });
});
