import type { Label } from "./core/colours";
import type { Point } from "./core/brush";
import type { View } from "./core/view";
import type { Pixels, Window } from "./core/window";

export type Tool = "pan" | "brush" | "eraser" | "polygon" | "fill" | "window";
export type Preset = "file" | "full" | "lung" | "mediastinum" | "bone" | "brain" | "custom";

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
}

export interface PointerReadout {
  x: number;
  y: number;
  values: number[];
}

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
  /** diameter in image pixels */
  brush: number;
  opacity: number;
  heat: boolean;
  heatOpacity: number;
  outline: boolean;
  outlineOpacity: number;
  window: Window;
  preset: Preset;
  view: View;
  pointer: PointerReadout | null;
  polygon: readonly Point[];
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
  "brush" | "opacity" | "heat" | "heatOpacity" | "outline" | "outlineOpacity"
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
    brush: 0,
    opacity: 0.5,
    heat: false,
    heatOpacity: 0.6,
    outline: true,
    outlineOpacity: 0.9,
    window: { centre: 128, width: 256 },
    preset: "file",
    view: { x: 0, y: 0, scale: 1 },
    pointer: null,
    polygon: [],
    canUndo: false,
    canRedo: false,
    painting: false,
    revision: 0,
    strokes: 0,
    overlays: 0,
    counts: new Uint32Array(256),
  };
}
