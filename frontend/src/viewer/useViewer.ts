import { shallowReactive, watch } from "vue";

import type { Point } from "./core/brush";
import type { Label } from "./core/colours";
import { Drawing } from "./core/drawing";
import { heatSteps } from "./core/heat";
import { Mask } from "./core/mask";
import type { Rect } from "./core/rect";
import { Shelf } from "./core/shelf";
import type { Source } from "./core/sources";
import { Scene } from "./scene";
import { drawsClass, firstState, type Adjustable, type Picture, type Tool, type ViewerState } from "./types";
import { useLooking } from "./useLooking";
import { useProposals } from "./useProposals";
import { useTools } from "./useTools";

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
  const shelf = new Shelf();
  const tools = useTools({ state, drawing: () => drawing });
  const proposals = useProposals({ state, drawing: () => drawing, toDraw: tools.toDraw });
  const { protect, strokeEnd, closeArea, toggleClass } = tools;

  watch(
    () => state.maskStyle,
    (style) => scene?.setStyle(style),
  );
  watch(
    () => [state.labels, state.hidden] as const,
    ([labels, hidden]) => scene?.setColours(labels, hidden),
  );

  function onChange(rect: Rect, finished: boolean): void {
    scene?.markMask(rect);
    state.painting = drawing?.pending ?? false;
    if (!finished || !drawing) return;
    proposals.changed(rect);
    state.counts = drawing.mask.count();
    state.canUndo = drawing.canUndo;
    state.canRedo = drawing.canRedo;
    state.strokes++;
    state.revision++;
  }

  /** Puts what was done to the open image by, for when it is opened again. */
  function shelve(): void {
    if (drawing && state.picture) shelf.put(state.picture.id, drawing.mask.data, drawing.past);
  }

  /**
   * Shows an image with its mask ((H, W) bytes, or none yet).
   *
   * What was done to it before can be undone if this is the mask it was left with; else the undo history starts anew.
   */
  function open(picture: Picture, data: Uint8Array | null, { readonly = false }: OpenOptions = {}): void {
    shelve();
    const mask = new Mask(picture.width, picture.height, data?.slice());
    drawing = new Drawing(mask, onChange, shelf.take(picture.id, mask.data));
    protect();
    tools.dropArea();
    proposals.opened(picture, drawing);
    scene = new Scene(picture, mask);
    scene.setColours(state.labels, state.hidden);
    scene.setStyle(state.maskStyle);
    if (state.tolerance === 0) state.tolerance = Math.max(1, Math.round(picture.window.width / 20));
    looking.begin(picture);
    const longest = Math.max(picture.width, picture.height);
    if (state.brush === 0 || state.brush > longest / 2) state.brush = Math.max(3, Math.round(longest / 32));
    Object.assign(state, { ready: false, pointer: null, strokes: 0, painting: false });
    Object.assign(state, {
      picture,
      readonly,
      locked: false,
      counts: mask.count(),
      canUndo: drawing.canUndo,
      canRedo: drawing.canRedo,
    });
  }

  /** Takes no more input until the next image is open. */
  function lock(): void {
    settle();
    Object.assign(state, { locked: true, ready: false });
  }

  function close(): void {
    shelve();
    scene = null;
    drawing = null;
    tools.dropArea();
    proposals.dropProposal();
    Object.assign(state, { picture: null, ready: false, pointer: null, painting: false });
    looking.end();
  }

  /** Ends what is under way: a stroke is kept, a polygon of three corners or more is filled. */
  function settle(): void {
    strokeEnd();
    closeArea();
    proposals.dropProposal();
  }

  /** Whether something that was done to the drawing changed it. */
  function changes(work: (drawing: Drawing) => void): boolean {
    if (state.readonly || !drawing) return false;
    looking.peek(null);
    settle();
    const before = state.revision;
    work(drawing);
    return state.revision !== before;
  }

  /** Takes over a whole label map as it is, as one action. Returns whether that changed anything. */
  const layIn = (data: Uint8Array, source: Source = "drawn"): boolean =>
    changes((now) => { proposals.as(source, () => { now.layIn(data); }); });

  /** Takes over a label map, or one class of it (`part`); locked and hidden classes stay as they are. */
  const layOver = (data: Uint8Array, part: number | null = null): boolean =>
    changes((now) => { proposals.as("copied", () => { now.layOver(data, part); }); });

  function undo(): void {
    if (state.readonly) return;
    // what is taken back is seen
    looking.peek(null);
    if (tools.cornerBack() || proposals.clickBack()) return;
    proposals.undoing(() => drawing?.undo());
  }

  function redo(): void {
    if (state.readonly) return;
    looking.peek(null);
    proposals.redoing(() => drawing?.redo());
  }

  function chooseTool(tool: Tool): void {
    if (tool !== state.tool) settle();
    Object.assign(state, { tool, picking: false });
  }

  function chooseClass(value: number): void {
    state.label = value;
    if (!drawsClass(state.tool)) chooseTool("brush");
    proposals.proposeAgain();
  }

  function resizeBrush(factor: number): void {
    const { picture, brush } = state;
    const most = picture ? Math.max(picture.width, picture.height) / 2 : 500;
    const step = factor > 1 ? Math.max(1, brush * (factor - 1)) : Math.min(-1, brush * (factor - 1));
    state.brush = Math.round(Math.min(most, Math.max(1, brush + step)));
  }

  /** How things are shown, and what the tools do. */
  function adjust(settings: Partial<Adjustable>): void {
    Object.assign(state, settings);
    if (settings.over !== undefined) protect();
    if (["tolerance", "compare", "connected"].some((name) => name in settings)) tools.tuneRegion();
  }

  function setLabels(labels: readonly Label[]): void {
    const known = (value: number): boolean => labels.some((label) => label.value === value);
    state.labels = labels;
    state.locks = new Set([...state.locks].filter(known));
    if (state.over !== null && state.over !== 0 && !known(state.over)) state.over = null;
    protect();
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
    toggleLock: tools.toggleLock,
    resizeBrush,
    adjust,
    strokeBegin: tools.strokeBegin,
    strokeTo: (point: Point): void => drawing?.strokeTo(point),
    strokeEnd,
    fillAt: tools.fillAt,
    pickBegin: tools.pickBegin,
    pickTo: tools.pickTo,
    pickEnd: tools.pickEnd,
    regionBegin: tools.regionBegin,
    regionDrag: tools.regionDrag,
    regionEnd: tools.regionEnd,
    addCorner: tools.addCorner,
    addAnchor: tools.addAnchor,
    wireTo: tools.wireTo,
    closePolygon: closeArea,
    dropPolygon: tools.dropArea,
    edit: tools.edit,
    mergeClass: tools.mergeClass,
    swapClasses: tools.swapClasses,
    settle,
    layIn,
    layOver,
    ...proposals.surface,
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
