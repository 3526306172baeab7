import type { Tool } from "./types";

/** What a pointer that is held down does. */
export type Drag =
  | "stroke"
  | "fill"
  | "corners"
  | "lasso"
  | "region"
  | "proposal"
  | "pick"
  | "pan"
  | "window"
  | "pinch"
  | "ruler";

/** The tools that do not simply paint strokes. */
export const DRAGS: Partial<Record<Tool, Drag>> = {
  polygon: "corners",
  wire: "corners",
  lasso: "lasso",
  region: "region",
  fill: "fill",
  accept: "proposal",
  click: "proposal",
};
