import { shallowReactive, watch } from "vue";

import type { Point } from "./core/brush";
import type { Label } from "./core/colours";
import { Drawing } from "./core/drawing";
import { heatSteps } from "./core/heat";
import { Mask } from "./core/mask";
import type { Rect } from "./core/rect";
import { Scene } from "./scene";
import { firstState, type Adjustable, type Picture, type Tool, type ViewerState } from "./types";
import { useLooking } from "./useLooking";

export interface OpenOptions {
  /** Look, zoom and window only. */
  readonly?: boolean;
}

/**
 * The drawing surface: one image, its mask, and everything that can be done to them.
 *
 * Hand it to Viewer.vue to be seen. All changes of the mask go through here, so that all can be undone.
 */
export function useViewer() {
  const state = shallowReactive<ViewerState>(firstState());
  let drawing: Drawing | null = null;
  let scene: Scene | null = null;
  const looking = useLooking(state, () => scene);

  watch(
    () => [state.labels, state.hidden] as const,
    ([labels, hidden]) => scene?.setColours(labels, hidden),
  );

  function onChange(rect: Rect, finished: boolean): void {
    scene?.markMask(rect);
    state.painting = drawing?.pending ?? false;
    if (!finished || !drawing) return;
    state.counts = drawing.mask.count();
    state.canUndo = drawing.canUndo;
    state.canRedo = drawing.canRedo;
    state.strokes++;
    state.revision++;
  }

  /** Shows an image with its mask ((H, W) bytes, or none yet). The undo history starts anew. */
  function open(picture: Picture, data: Uint8Array | null, { readonly = false }: OpenOptions = {}): void {
    const mask = new Mask(picture.width, picture.height, data?.slice());
    drawing = new Drawing(mask, onChange);
    drawing.protect(state.hidden);
    scene = new Scene(picture, mask);
    scene.setColours(state.labels, state.hidden);
    looking.begin(picture);
    const longest = Math.max(picture.width, picture.height);
    if (state.brush === 0 || state.brush > longest / 2) state.brush = Math.max(3, Math.round(longest / 32));
    Object.assign(state, { ready: false, polygon: [], pointer: null, strokes: 0, painting: false });
    Object.assign(state, {
      picture,
      readonly,
      locked: false,
      counts: mask.count(),
      canUndo: false,
      canRedo: false,
    });
  }

  /** Takes no more input until the next image is open. */
  function lock(): void {
    settle();
    Object.assign(state, { locked: true, ready: false });
  }

  function close(): void {
    scene = null;
    drawing = null;
    Object.assign(state, { picture: null, ready: false, pointer: null, polygon: [], painting: false });
    looking.end();
  }

  /** The drawing, if it may be changed now; the class to be painted is made visible first. */
  function toDraw(value: number): Drawing | null {
    if (state.readonly || state.peek || !drawing) return null;
    if (state.hidden.has(value)) toggleClass(value);
    return drawing;
  }

  function strokeBegin(point: Point, erase = false): void {
    const value = erase || state.tool === "eraser" ? 0 : state.label;
    toDraw(value)?.strokeBegin(point, Math.max(1, state.brush) / 2, value);
  }

  function strokeEnd(): void {
    drawing?.strokeEnd();
    state.painting = false;
  }

  function fillAt(point: Point, erase = false): void {
    const value = erase ? 0 : state.label;
    toDraw(value)?.fill(point, value);
  }

  function addCorner(point: Point): void {
    if (!state.readonly && !state.peek && drawing) state.polygon = [...state.polygon, point];
  }

  /** Fills the polygon so far; fewer than three corners are dropped. */
  function closePolygon(): void {
    const corners = state.polygon;
    state.polygon = [];
    if (corners.length >= 3) toDraw(state.label)?.polygon(corners, state.label);
  }

  /** Ends what is under way: a stroke is kept, a polygon of three corners or more is filled. */
  function settle(): void {
    strokeEnd();
    closePolygon();
  }

  /** Takes over a whole label map as one action that can be undone. Returns whether that changed anything. */
  function layIn(data: Uint8Array): boolean {
    if (state.readonly) return false;
    looking.peek(null);
    settle();
    const before = state.revision;
    drawing?.layIn(data);
    return state.revision !== before;
  }

  function undo(): void {
    if (state.readonly) return;
    // what is taken back is seen
    looking.peek(null);
    if (state.polygon.length > 0) state.polygon = state.polygon.slice(0, -1);
    else drawing?.undo();
  }

  function redo(): void {
    if (state.readonly) return;
    looking.peek(null);
    drawing?.redo();
  }

  function chooseTool(tool: Tool): void {
    if (tool !== state.tool) settle();
    state.tool = tool;
  }

  function chooseClass(value: number): void {
    state.label = value;
    if (!["brush", "polygon", "fill"].includes(state.tool)) chooseTool("brush");
  }

  function toggleClass(value: number): void {
    const hidden = new Set(state.hidden);
    if (!hidden.delete(value)) hidden.add(value);
    state.hidden = hidden;
    drawing?.protect(hidden);
  }

  function resizeBrush(factor: number): void {
    const { picture, brush } = state;
    const most = picture ? Math.max(picture.width, picture.height) / 2 : 500;
    const step = factor > 1 ? Math.max(1, brush * (factor - 1)) : Math.min(-1, brush * (factor - 1));
    state.brush = Math.round(Math.min(most, Math.max(1, brush + step)));
  }

  /** How things are shown, and the size of the brush. */
  function adjust(settings: Partial<Adjustable>): void {
    Object.assign(state, settings);
  }

  function setLabels(labels: readonly Label[]): void {
    state.labels = labels;
    if (!labels.some(({ value }) => value === state.label)) state.label = labels.at(0)?.value ?? 1;
  }

  /** Borders of another mask (H, W), drawn over this one; null for none. */
  function setOutline(data: Uint8Array | null): void {
    scene?.setOutline(data);
    state.overlays++;
  }

  /** A heat map (H, W) of float16 words; null for none. */
  function setHeat(halves: Uint16Array | null): void {
    scene?.setHeat(halves && heatSteps(halves).steps);
    state.overlays++;
  }

  return {
    state,
    open,
    lock,
    close,
    ...looking.actions,
    setLabels,
    chooseTool,
    chooseClass,
    toggleClass,
    resizeBrush,
    adjust,
    strokeBegin,
    strokeTo: (point: Point): void => drawing?.strokeTo(point),
    strokeEnd,
    fillAt,
    addCorner,
    closePolygon,
    dropPolygon: (): void => void (state.polygon = []),
    settle,
    layIn,
    undo,
    redo,
    setOutline,
    setHeat,
    /** The first frame of the image is on the screen: it may be drawn on. */
    drawn: (): void => void (state.ready = state.picture !== null && !state.locked),
    scene: (): Scene | null => scene,
    /** A copy of the label map as it is now. */
    bytes: (): Uint8Array => drawing?.mask.data.slice() ?? new Uint8Array(),
  };
}

export type Surface = ReturnType<typeof useViewer>;
