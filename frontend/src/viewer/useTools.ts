import type { Point } from "./core/brush";
import type { Drawing, Edit, Mode } from "./core/drawing";
import { similarRegion } from "./core/region";
import { greyValues, rangeAround, type Gate, type Range } from "./core/values";
import type { Pixels } from "./core/window";
import { LiveWire } from "./core/wire";
import type { Picture, ViewerState } from "./types";

export interface ToolsOptions {
  state: ViewerState;
  /** the drawing of the open image */
  drawing: () => Drawing | null;
}

/** A pick by one press reaches this far round the pixel: single pixels are noise. */
const PICK_REACH = 1;

/**
 * The drawing tools of the surface: what a press, a drag and a command do to the mask.
 *
 * Everything that draws goes through `toDraw`, which shows a hidden class before it is drawn and refuses a locked one.
 */
export function useTools({ state, drawing }: ToolsOptions) {
  let wire: LiveWire | null = null;
  /** how long the outline was after each anchor of the wire */
  let anchors: number[] = [];
  let grown: { seed: Point; start: number; value: number; mode: Mode; step: unknown } | null = null;
  let picked: Range | null = null;
  let known: { picture: Picture; values: Pixels } | null = null;

  /** One value for each pixel of the open image. */
  function values(picture: Picture): Pixels {
    if (known?.picture !== picture) known = { picture, values: greyValues(picture) };
    return known.values;
  }

  function protect(): void {
    drawing()?.protect({ closed: new Set([...state.locks, ...state.hidden]), over: state.over });
  }

  function toggleClass(value: number): void {
    const hidden = new Set(state.hidden);
    if (!hidden.delete(value)) hidden.add(value);
    state.hidden = hidden;
    protect();
  }

  function toggleLock(value: number): void {
    if (value === 0) return;
    const locks = new Set(state.locks);
    if (!locks.delete(value)) locks.add(value);
    state.locks = locks;
    protect();
  }

  /** The drawing, if these classes may be changed now; hidden ones are shown first, a locked one is said. */
  function toDraw(...classes: number[]): Drawing | null {
    if (state.readonly || state.peek || !drawing()) return null;
    const locked = classes.find((value) => state.locks.has(value));
    if (locked !== undefined) {
      state.refused = { label: locked };
      return null;
    }
    for (const value of classes) if (state.hidden.has(value)) toggleClass(value);
    return drawing();
  }

  /** Add or subtract, after what the keys say. */
  const modeNow = (): Mode => ((state.mode === "subtract") === state.flipped ? "add" : "subtract");

  function gate(point: Point): Gate | null {
    const { picture } = state;
    if (!picture || state.tool !== "threshold") return null;
    if (!state.range) pickBegin(point);
    return state.range && { values: values(picture), ...state.range };
  }

  function strokeBegin(point: Point, erase = false): void {
    const value = erase || state.tool === "eraser" ? 0 : state.label;
    const brush = {
      radius: Math.max(1, state.brush) / 2,
      shape: state.shape,
      gate: erase ? null : gate(point),
    };
    toDraw(value)?.strokeBegin(point, brush, value);
  }

  function strokeEnd(): void {
    drawing()?.strokeEnd();
    state.painting = false;
  }

  function fillAt(point: Point, erase = false): void {
    const value = erase ? 0 : state.label;
    toDraw(value)?.fill(point, value);
  }

  /** Chooses the range of the threshold brush: what lies round a pixel, widened by `pickTo` as the pointer moves on. */
  function pickBegin(point: Point): void {
    picked = null;
    pickTo(point);
    if (!picked || !state.range) return;
    const { low, high } = state.range;
    const room = low === high ? Math.max(1, state.tolerance) : 0;
    state.range = { low: low - room, high: high + room };
  }

  function pickTo(point: Point): void {
    const { picture } = state;
    if (!picture) return;
    const { width, height } = picture;
    const [x, y] = [Math.floor(point.x), Math.floor(point.y)];
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const here = rangeAround(values(picture), width, height, x, y, PICK_REACH);
    const before: Range = picked ?? here;
    picked = { low: Math.min(before.low, here.low), high: Math.max(before.high, here.high) };
    state.range = picked;
  }

  function pickEnd(): void {
    state.picking = false;
  }

  /** Begins a region at a pixel; until `strokeEnd` its tolerance follows `regionDrag`. */
  function regionBegin(point: Point): void {
    const seed = { x: Math.floor(point.x), y: Math.floor(point.y) };
    if (!toDraw(state.label)) return;
    grown = { seed, start: state.tolerance, value: state.label, mode: modeNow(), step: null };
    tryRegion();
  }

  /** Widens the tolerance as the pointer goes to the right, by CSS pixels from where it was pressed. */
  function regionDrag(pixels: number): void {
    if (!grown || !state.picture) return;
    const pace = Math.max(0.125, state.picture.window.width / 1024);
    const tolerance = Math.max(0, Math.round(grown.start + pixels * pace));
    if (tolerance === state.tolerance) return;
    state.tolerance = tolerance;
    tryRegion();
  }

  function regionEnd(): void {
    strokeEnd();
    if (grown) grown.step = drawing()?.last;
  }

  const region = (picture: Picture, seed: Point) =>
    similarRegion(picture, seed.x, seed.y, {
      tolerance: state.tolerance,
      compare: state.compare,
      connected: state.connected,
    });

  function tryRegion(): void {
    if (grown && state.picture) drawing()?.regionTry(region(state.picture, grown.seed), grown.value, grown.mode);
  }

  /** After a change of the tolerance: the region just painted follows, as long as nothing else was done since. */
  function tuneRegion(): void {
    const now = drawing();
    if (!grown?.step || !now || !state.picture || state.readonly || now.last !== grown.step) return;
    now.regionAgain(region(state.picture, grown.seed), grown.value, grown.mode);
    grown.step = now.last === grown.step ? null : now.last;
  }

  function addCorner(point: Point): void {
    if (!state.readonly && !state.peek && drawing()) state.polygon = [...state.polygon, point];
  }

  /** Sets an anchor of the live wire; the way to it from the last one joins the outline. */
  function addAnchor(point: Point): void {
    const { picture } = state;
    if (!picture || state.readonly || state.peek || !drawing()) return;
    const held = {
      x: Math.min(picture.width - 1, Math.max(0, Math.floor(point.x))) + 0.5,
      y: Math.min(picture.height - 1, Math.max(0, Math.floor(point.y))) + 0.5,
    };
    if (state.polygon.length === 0) anchors = [];
    const way = anchors.length > 0 && wire ? wire.pathTo(held).slice(1) : [held];
    state.polygon = [...state.polygon, ...way];
    anchors.push(state.polygon.length);
    wire = new LiveWire(values(picture), picture.width, picture.height, held);
    state.wire = [];
  }

  /** The way of the wire to the pointer. */
  function wireTo(point: Point): void {
    if (state.tool === "wire" && state.polygon.length > 0 && wire) state.wire = wire.pathTo(point);
  }

  function dropArea(): void {
    Object.assign(state, { polygon: [], wire: [], flipped: false });
    wire = null;
    anchors = [];
  }

  /** Fills the outline so far; fewer than three corners are dropped. */
  function closeArea(): void {
    const first = state.polygon.at(0);
    const back = first && wire && state.tool === "wire" && anchors.length > 1 ? wire.pathTo(first).slice(1, -1) : [];
    const corners = [...state.polygon, ...back];
    const mode = modeNow();
    dropArea();
    if (corners.length >= 3) toDraw(state.label)?.polygon(corners, state.label, mode);
  }

  /** Takes back the last corner, or the last piece of the wire. Returns whether there was one. */
  function cornerBack(): boolean {
    if (state.polygon.length === 0) return false;
    if (state.tool !== "wire") state.polygon = state.polygon.slice(0, -1);
    else {
      anchors.pop();
      const rest = state.polygon.slice(0, anchors.at(-1) ?? 0);
      const last = rest.at(-1);
      const { picture } = state;
      wire = last && picture ? new LiveWire(values(picture), picture.width, picture.height, last) : null;
      Object.assign(state, { polygon: rest, wire: [] });
    }
    return true;
  }

  /** Does something to the whole of the chosen class. */
  function edit(what: Edit, amount = 0): void {
    toDraw(state.label)?.edit(what, state.label, amount);
  }

  /** Every pixel of one class becomes another's; 0 clears it. */
  function mergeClass(from: number, into: number): void {
    toDraw(from, into)?.relabel(new Map([[from, into]]));
  }

  function swapClasses(one: number, other: number): void {
    toDraw(one, other)?.relabel(
      new Map([
        [one, other],
        [other, one],
      ]),
    );
  }

  return {
    ...{ protect, toggleClass, toggleLock, toDraw },
    ...{ strokeBegin, strokeEnd, fillAt, pickBegin, pickTo, pickEnd },
    ...{ regionBegin, regionDrag, regionEnd, tuneRegion },
    ...{ addCorner, addAnchor, wireTo, dropArea, closeArea, cornerBack },
    ...{ edit, mergeClass, swapClasses },
  };
}
