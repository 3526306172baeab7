import type { Label } from "./core/colours";
import type { BrushShape, Point } from "./core/brush";
import type { Mode } from "./core/drawing";
import type { Stroke } from "./core/propose";
import type { Range } from "./core/values";
import type { View } from "./core/view";
import type { Place } from "./core/measure";
import type { CtPreset, Pixels, Window } from "./core/window";

export type Tool =
  | "pan"
  | "brush"
  | "threshold"
  | "eraser"
  | "polygon"
  | "lasso"
  | "wire"
  | "fill"
  | "region"
  | "accept"
  | "click"
  | "window"
  | "ruler";
/** Tools with a size and a shape under the pointer. */
export const hasBrush = (tool: Tool): boolean => ["brush", "threshold", "eraser"].includes(tool);
/** Tools that draw the outline of an area. */
export const hasOutline = (tool: Tool): boolean => ["polygon", "lasso", "wire"].includes(tool);
/** Tools that draw the chosen class. */
export const drawsClass = (tool: Tool): boolean =>
  !["pan", "window", "ruler", "eraser", "accept"].includes(tool);

/** Parts of the image's own values, for what has no fixed units: all but the extremes, the middle, without the air. */
export type PartPreset = "most" | "middle" | "tissue";
/** `file-1` and on: the second and further windows that the file names. */
export type Preset = "file" | `file-${number}` | "full" | CtPreset | PartPreset | "custom";

/** An image as the viewer needs it: pixels (H, W) or (H, W, 3), at their full depth. */
export interface Picture {
  id: number;
  width: number;
  height: number;
  channels: number;
  pixels: Pixels;
  window: Window;
  /** mm from row to row and from column to column */
  spacing: [number, number] | null;
  /** unit of the pixel values, or "" */
  unit: string;
  /** the series it is a slice of; null for an image on its own */
  series: number | null;
  /** where it lies in the patient; null where unknown */
  place: Place | null;
}

/** A window that the image's file names, with its word for it, or "". */
export interface NamedWindow extends Window {
  name: string;
}

/** A neighbour that is looked at without leaving the open image; mask (H, W), null for none. */
export interface Peek {
  picture: Picture;
  mask: Uint8Array | null;
}

/** Where among the slices of its series the screen is; places count from 0. */
export interface Stack {
  at: number;
  count: number;
  /** the place of the open image */
  home: number;
  /** the slice at `at` is on its way: another is on the screen still */
  waiting: boolean;
}

/** Two points in image pixels of one image. Never saved. */
export interface Ruler {
  image: number;
  from: Point;
  to: Point;
  spacing: [number, number] | null;
}

export interface PointerReadout {
  x: number;
  y: number;
  values: number[];
}

/** A box that is being dragged over the suggestion, or clicks with the region they ask for. */
export interface Proposal {
  /** two corners, in image pixels */
  box: readonly [Point, Point] | null;
  /** the box is to be cleared, not filled from the suggestion */
  clears: boolean;
  clicks: readonly Stroke[];
  /** (H, W): 1 inside the region asked for; null until there is an answer */
  inside: Uint8Array | null;
  /** an answer is under way */
  waiting: boolean;
}

export const NO_PROPOSAL: Proposal = { box: null, clears: false, clicks: [], inside: null, waiting: false };

/** What the page may show and set. Replace objects, do not change them in place. */
export interface ViewerState {
  picture: Picture | null;
  /** on the screen and open to input */
  ready: boolean;
  locked: boolean;
  /** may be looked at only */
  readonly: boolean;
  tool: Tool;
  /** class value being drawn; 0 draws background */
  label: number;
  labels: readonly Label[];
  hidden: ReadonlySet<number>;
  /** classes that nothing changes */
  locks: ReadonlySet<number>;
  /** the only label that is painted over (0: background); null for any */
  over: number | null;
  /** diameter in image pixels; of a square brush its side */
  brush: number;
  shape: BrushShape;
  /** whether polygon, lasso, live wire and region give their area to the class or take it away */
  mode: Mode;
  /** the area that is being drawn does the opposite, because Shift or Alt was held */
  flipped: boolean;
  /** values that the threshold brush paints; null until they are chosen */
  range: Range | null;
  /** the next press on the image chooses that range */
  picking: boolean;
  /** largest difference of values within a region; 0 until an image is open */
  tolerance: number;
  /** what a pixel is compared with: the clicked one, or the neighbour it is reached from */
  compare: "seed" | "neighbour";
  /** a region holds only what is connected to the clicked pixel */
  connected: boolean;
  /** pieces of a class with fewer pixels are islands */
  islandSize: number;
  /** how far smoothing looks, in pixels */
  smoothing: number;
  /** by how many pixels a class grows and shrinks */
  growth: number;
  opacity: number;
  /** the mask as areas, or as their borders alone */
  maskStyle: "fill" | "outline";
  heat: boolean;
  heatOpacity: number;
  outline: boolean;
  outlineOpacity: number;
  window: Window;
  preset: Preset;
  /** all windows that the file names */
  windows: readonly NamedWindow[];
  /** bright and dark exchanged */
  inverted: boolean;
  /** the neighbouring slice on the screen; null while it is the open image itself */
  peek: Peek | null;
  rulers: readonly Ruler[];
  view: View;
  pointer: PointerReadout | null;
  /** the outline of an area so far */
  polygon: readonly Point[];
  /** from the last anchor of a live wire to the pointer */
  wire: readonly Point[];
  /** what is proposed for the mask and not in it yet */
  proposal: Proposal;
  /** a locked class was to be drawn; a new object each time */
  refused: { label: number } | null;
  canUndo: boolean;
  canRedo: boolean;
  /** an action has changed the mask and is not over */
  painting: boolean;
  /** counts finished changes of the mask: watch it to save */
  revision: number;
  /** counts finished actions of the person on this image */
  strokes: number;
  /** counts changes of the heat map and of the outlined mask */
  overlays: number;
  /** pixels of each class value in the mask as of the last finished change */
  counts: Uint32Array;
}

export type Adjustable = Pick<
  ViewerState,
  | "brush"
  | "shape"
  | "mode"
  | "over"
  | "range"
  | "picking"
  | "tolerance"
  | "compare"
  | "connected"
  | "islandSize"
  | "smoothing"
  | "growth"
  | "opacity"
  | "maskStyle"
  | "heat"
  | "heatOpacity"
  | "outline"
  | "outlineOpacity"
>;

export function firstState(): ViewerState {
  return {
    picture: null,
    ready: false,
    locked: false,
    readonly: false,
    tool: "brush",
    label: 1,
    labels: [],
    hidden: new Set(),
    locks: new Set(),
    over: null,
    brush: 0,
    shape: "round",
    mode: "add",
    flipped: false,
    range: null,
    picking: false,
    tolerance: 0,
    compare: "seed",
    connected: true,
    islandSize: 20,
    smoothing: 2,
    growth: 1,
    opacity: 0.5,
    maskStyle: "fill",
    heat: false,
    heatOpacity: 0.6,
    outline: true,
    outlineOpacity: 0.9,
    window: { centre: 128, width: 256 },
    preset: "file",
    windows: [],
    inverted: false,
    peek: null,
    rulers: [],
    view: { x: 0, y: 0, scale: 1 },
    pointer: null,
    polygon: [],
    wire: [],
    proposal: NO_PROPOSAL,
    refused: null,
    canUndo: false,
    canRedo: false,
    painting: false,
    revision: 0,
    strokes: 0,
    overlays: 0,
    counts: new Uint32Array(256),
  };
}
