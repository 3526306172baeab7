import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Point } from "./core/brush";
import { PointerInput } from "./pointer";
import { recorder } from "./recorder.testing";
import type { Tool } from "./types";

let element: HTMLElement;
let input: PointerInput;

interface Setting {
  space?: boolean;
  control?: boolean;
  slices?: boolean;
}

function setUp(tool: Tool, { space = false, control = false, slices = false }: Setting = {}) {
  const recorded = recorder(tool);
  const slice = (by: 1 | -1): void => void recorded.calls.push(`slice ${String(by)}`);
  input = new PointerInput(element, recorded.surface, {
    size: () => ({ width: 400, height: 300 }),
    onCursor: () => undefined,
    space: () => space,
    control: () => control,
    slice: () => (slices ? slice : null),
    take: () => recorded.calls.push("take"),
  });
  return recorded;
}

function pointer(
  type: string,
  x: number,
  y: number,
  init: PointerEventInit & { through?: Point[] } = {},
): void {
  const event = new PointerEvent(type, { clientX: x, clientY: y, pointerId: 1, bubbles: true, ...init });
  const through = (init.through ?? []).map(
    (point) => new PointerEvent(type, { clientX: point.x, clientY: point.y }),
  );
  event.getCoalescedEvents = () => through;
  element.dispatchEvent(event);
}

beforeEach(() => {
  element = document.createElement("div");
  element.setPointerCapture = () => undefined;
  document.body.append(element);
});
afterEach(() => {
  input.detach();
  element.remove();
});

describe("the pointer", () => {
  it("draws through every point the browser has seen, in image pixels", () => {
    const { calls } = setUp("brush");
    pointer("pointerdown", 30, 40);
    pointer("pointermove", 60, 60, {
      through: [
        { x: 40, y: 50 },
        { x: 60, y: 60 },
      ],
    });
    pointer("pointermove", 70, 60);
    pointer("pointerup", 70, 60);
    expect(calls).toEqual(["begin 10,10", "to 15,15", "to 25,20", "to 30,20", "end"]);
  });

  it("keeps a stroke whose pointer is taken away", () => {
    const { calls } = setUp("eraser");
    pointer("pointerdown", 30, 40);
    pointer("pointercancel", 30, 40);
    expect(calls.at(-1)).toBe("end");
  });

  it("erases with the other end of the pen, and pans with fingers once a pen was seen", () => {
    const { calls, state } = setUp("brush");
    pointer("pointerdown", 30, 40, { pointerType: "pen", button: 5 });
    pointer("pointerup", 30, 40, { pointerType: "pen" });
    pointer("pointerdown", 100, 100, { pointerType: "touch", pointerId: 2 });
    pointer("pointermove", 120, 110, { pointerType: "touch", pointerId: 2 });
    expect(calls).toEqual(["begin 10,10 erase", "end"]);
    expect(state.view).toEqual({ x: 30, y: 30, scale: 2 });
  });

  it("zooms with two fingers and takes back the dot of the first", () => {
    const { calls, state } = setUp("brush");
    pointer("pointerdown", 100, 100, { pointerType: "touch", pointerId: 2 });
    pointer("pointerdown", 200, 100, { pointerType: "touch", pointerId: 3 });
    pointer("pointermove", 300, 100, { pointerType: "touch", pointerId: 3 });
    expect(calls).toEqual(["begin 45,40", "undo"]);
    expect(state.view.scale).toBeCloseTo(4);
  });

  it("closes a polygon on its first corner, and by a double click", () => {
    const { calls } = setUp("polygon");
    const click = (x: number, y: number): void => {
      pointer("pointerdown", x, y);
      pointer("pointerup", x, y);
    };
    click(30, 40);
    click(90, 40);
    click(90, 100);
    click(33, 42);
    expect(calls).toEqual(["close 3"]);
    click(30, 40);
    click(90, 40);
    click(90, 100);
    click(90, 100);
    element.dispatchEvent(new MouseEvent("dblclick"));
    expect(calls).toEqual(["close 3", "close 3"]);
  });

  it("pans with space and the middle button, sets the window with the right one", () => {
    const { calls, state } = setUp("brush", { space: true });
    pointer("pointerdown", 30, 40);
    pointer("pointermove", 35, 50);
    pointer("pointerup", 35, 50);
    expect(state.view).toEqual({ x: 15, y: 30, scale: 2 });
    input.detach();
    const other = setUp("brush");
    pointer("pointerdown", 30, 40, { button: 2 });
    pointer("pointermove", 50, 44, { button: 2 });
    expect(other.calls).toEqual(["window 130 266"]);
    expect(calls).toEqual([]);
  });

  const wheel = (init: WheelEventInit): boolean =>
    element.dispatchEvent(new WheelEvent("wheel", { cancelable: true, ...init }));

  it("zooms an image on its own by the wheel around the pointer", () => {
    const { state } = setUp("brush");
    wheel({ deltaY: -100, clientX: 110, clientY: 120 });
    expect(state.view.scale).toBeGreaterThan(2);
    expect((110 - state.view.x) / state.view.scale).toBeCloseTo(50);
  });

  it("goes through slices by the wheel, and zooms there with Shift, however the browser turns it", () => {
    const { calls, state } = setUp("brush", { slices: true });
    wheel({ deltaY: 100 });
    wheel({ deltaY: -120 });
    wheel({ deltaY: 3, deltaMode: 1 });
    expect(calls).toEqual(["slice 1", "slice -1", "slice 1"]);
    expect(state.view.scale).toBe(2);
    wheel({ deltaY: -100, shiftKey: true });
    const once = state.view.scale;
    expect(once).toBeGreaterThan(2);
    wheel({ deltaX: -100, shiftKey: true });
    expect(state.view.scale).toBeGreaterThan(once);
    expect(calls).toHaveLength(3);
  });

  it("adds the small movements of a trackpad up to one slice, and starts anew on the way back", () => {
    const { calls } = setUp("brush", { slices: true });
    for (let i = 0; i < 9; i++) wheel({ deltaY: 4 });
    expect(calls).toEqual([]);
    wheel({ deltaY: 4 });
    expect(calls).toEqual(["slice 1"]);
    wheel({ deltaY: 39 });
    wheel({ deltaY: -39 });
    expect(calls).toEqual(["slice 1"]);
  });

  it("sizes the brush with Control held down, and zooms by a pinch, which only says Control", () => {
    const held = setUp("brush", { control: true, slices: true });
    wheel({ deltaY: -100, ctrlKey: true });
    wheel({ deltaY: 100, ctrlKey: true });
    expect(held.calls).toEqual(["larger", "smaller"]);
    expect(held.state.view.scale).toBe(2);
    input.detach();
    const pinched = setUp("brush", { slices: true });
    wheel({ deltaY: -5, ctrlKey: true });
    expect(pinched.calls).toEqual([]);
    expect(pinched.state.view.scale).toBeGreaterThan(2);
  });

  it("does not leave the slice in mid-stroke", () => {
    const { calls } = setUp("brush", { slices: true });
    pointer("pointerdown", 30, 40);
    wheel({ deltaY: 100 });
    pointer("pointerup", 30, 40);
    expect(calls).toEqual(["begin 10,10", "end"]);
  });

  it.each(["brush", "threshold", "eraser", "polygon", "lasso", "wire", "region", "fill"] as const)(
    "asks for the slice that is looked at when it is drawn on with the %s",
    (tool) => {
      const { calls, state } = setUp(tool);
      if (state.picture) state.peek = { picture: state.picture, mask: null };
      pointer("pointerdown", 30, 40);
      pointer("pointermove", 60, 60);
      pointer("pointerup", 60, 60);
      expect(calls).toEqual(["take"]);
      expect(state.polygon).toEqual([]);
    },
  );

  it("measures by a drag, and by two clicks", () => {
    const { calls } = setUp("ruler");
    pointer("pointerdown", 30, 40);
    pointer("pointermove", 60, 60);
    pointer("pointerup", 60, 60);
    pointer("pointermove", 90, 60);
    expect(calls).toEqual(["ruler 10,10", "ruler to 25,20"]);
    calls.length = 0;
    pointer("pointerdown", 30, 40);
    pointer("pointerup", 31, 40);
    pointer("pointermove", 50, 40);
    pointer("pointerdown", 60, 60);
    pointer("pointerup", 60, 60);
    pointer("pointermove", 90, 60);
    expect(calls).toEqual(["ruler 10,10", "ruler to 20,10", "ruler to 25,20"]);
  });

  it("forgets a ruler that waits when another tool is taken up, or its image is left", () => {
    const { calls, state } = setUp("ruler");
    const click = (x: number, y: number): void => {
      pointer("pointerdown", x, y);
      pointer("pointerup", x, y);
    };
    click(30, 40);
    state.tool = "pan";
    pointer("pointermove", 60, 60);
    state.tool = "ruler";
    state.rulers = [];
    click(50, 40);
    expect(calls).toEqual(["ruler 10,10", "ruler 20,10"]);
  });

  it("moves a slice that is looked at by a finger, which may be the first of two", () => {
    const { calls, state } = setUp("brush");
    if (state.picture) state.peek = { picture: state.picture, mask: null };
    pointer("pointerdown", 30, 40, { pointerType: "touch" });
    pointer("pointermove", 40, 40, { pointerType: "touch" });
    expect(calls).toEqual([]);
    expect(state.view.x).toBe(20);
  });

  it("measures and moves a slice that is looked at, and one that may not be drawn on", () => {
    const { calls, state } = setUp("ruler");
    if (state.picture) state.peek = { picture: state.picture, mask: null };
    state.readonly = true;
    pointer("pointerdown", 30, 40);
    expect(calls).toEqual(["ruler 10,10"]);
  });

  it("does nothing before the image is on the screen", () => {
    const { calls, state } = setUp("brush");
    state.ready = false;
    pointer("pointerdown", 30, 40);
    pointer("pointerup", 30, 40);
    expect(calls).toEqual([]);
  });
});
