import { shallowReactive, watch } from "vue";

import type { Point } from "./core/brush";
import type { Label } from "./core/colours";
import { Drawing } from "./core/drawing";
import { heatSteps } from "./core/heat";
import { Mask } from "./core/mask";
import type { Rect } from "./core/rect";
import type { View } from "./core/view";
import { CT_PRESETS, fullWindow, type Window } from "./core/window";
import { Scene } from "./scene";
import { firstState, type Adjustable, type Picture, type Preset, type Tool, type ViewerState } from "./types";

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
    keepWindow(picture);
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
  }

  /** A window chosen for HU stays while the images are in HU; else each image starts with its own. */
  function keepWindow(picture: Picture): void {
    if (state.preset === "full") setWindow(fullWindow(picture.pixels), "full");
    else if (state.preset === "file" || picture.unit !== "HU") setWindow(picture.window, "file");
    else scene?.markWindow();
  }

  function setWindow(window: Window, preset: Preset = "custom"): void {
    state.window = { centre: window.centre, width: Math.max(1, window.width) };
    state.preset = preset;
    scene?.markWindow();
  }

  function choosePreset(preset: Preset): void {
    const { picture } = state;
    if (!picture) return;
    const known = CT_PRESETS.find(({ name }) => name === preset);
    if (preset === "full") setWindow(fullWindow(picture.pixels), preset);
    else setWindow(known ?? picture.window, known ? preset : "file");
  }

  /** The drawing, if it may be changed now; the class to be painted is made visible first. */
  function toDraw(value: number): Drawing | null {
    if (state.readonly || !drawing) return null;
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
    if (!state.readonly && drawing) state.polygon = [...state.polygon, point];
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
    settle();
    const before = state.revision;
    drawing?.layIn(data);
    return state.revision !== before;
  }

  function undo(): void {
    if (state.readonly) return;
    if (state.polygon.length > 0) state.polygon = state.polygon.slice(0, -1);
    else drawing?.undo();
  }

  function redo(): void {
    if (!state.readonly) drawing?.redo();
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

  /** The image point under the pointer, and what is there; null outside the image. */
  function readAt(point: Point | null): void {
    const { picture } = state;
    const x = Math.floor(point?.x ?? -1);
    const y = Math.floor(point?.y ?? -1);
    if (!picture || x < 0 || y < 0 || x >= picture.width || y >= picture.height) {
      state.pointer = null;
      return;
    }
    const at = (y * picture.width + x) * picture.channels;
    state.pointer = { x, y, values: [...picture.pixels.subarray(at, at + picture.channels)] };
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
    setWindow,
    choosePreset,
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
    readAt,
    setOutline,
    setHeat,
    look: (view: View): void => void (state.view = view),
    /** The first frame of the image is on the screen: it may be drawn on. */
    drawn: (): void => void (state.ready = state.picture !== null && !state.locked),
    scene: (): Scene | null => scene,
    /** A copy of the label map as it is now. */
    bytes: (): Uint8Array => drawing?.mask.data.slice() ?? new Uint8Array(),
  };
}

export type Surface = ReturnType<typeof useViewer>;
