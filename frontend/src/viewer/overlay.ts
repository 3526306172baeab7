import type { Point } from "./core/brush";
import { toScreen } from "./core/view";
import type { ViewerState } from "./types";

export interface Outline {
  value: number;
  path: Path2D;
}

/** A click this near the first corner (CSS pixels) closes a polygon. */
export const CLOSE_DISTANCE = 10;

function colourOf(state: ViewerState, value: number): string {
  return state.labels.find((label) => label.value === value)?.colour ?? "#ffffff";
}

/** Borders of another mask (the network's, or somebody else's): dashed in the class's colour on a dark line. */
export function drawOutlines(
  context: CanvasRenderingContext2D,
  outlines: readonly Outline[],
  state: ViewerState,
  scale: number,
): void {
  context.globalAlpha = state.outlineOpacity;
  context.lineCap = "square";
  for (const { value, path } of outlines) {
    if (state.hidden.has(value)) continue;
    context.lineWidth = 3.5 / scale;
    context.strokeStyle = "rgb(0 0 0 / 60%)";
    context.stroke(path);
    context.lineWidth = 1.75 / scale;
    context.strokeStyle = colourOf(state, value);
    context.stroke(path);
  }
  context.globalAlpha = 1;
}

/** Draws twice, dark and wide below light and thin, so that it can be seen on any ground. */
function strokeTwice(context: CanvasRenderingContext2D, colour: string, path: Path2D): void {
  context.lineWidth = 3;
  context.strokeStyle = "rgb(0 0 0 / 70%)";
  context.stroke(path);
  context.lineWidth = 1.25;
  context.strokeStyle = colour;
  context.stroke(path);
}

/** The outline of the brush at its true size, with a point in its middle. `cursor` in CSS pixels. */
export function drawBrush(context: CanvasRenderingContext2D, state: ViewerState, cursor: Point): void {
  const path = new Path2D();
  const radius = Math.max(2, (state.brush / 2) * state.view.scale);
  if (state.shape === "square") path.rect(cursor.x - radius, cursor.y - radius, 2 * radius, 2 * radius);
  else path.arc(cursor.x, cursor.y, radius, 0, 2 * Math.PI);
  const erases = state.tool === "eraser" || state.label === 0;
  context.setLineDash(erases ? [4, 3] : []);
  strokeTwice(context, "#ffffff", path);
  context.setLineDash([]);
  context.fillStyle = erases ? "#ffffff" : colourOf(state, state.label);
  context.fillRect(cursor.x - 1, cursor.y - 1, 2, 2);
}

/** The outline of an area so far, what the pointer adds to it, and a ring on the first corner that closes it. */
export function drawArea(context: CanvasRenderingContext2D, state: ViewerState, cursor: Point | null): void {
  const corners = state.polygon.map((corner) => toScreen(state.view, corner));
  const first = corners.at(0);
  if (!first) return;
  const path = new Path2D();
  path.moveTo(first.x, first.y);
  for (const corner of corners.slice(1)) path.lineTo(corner.x, corner.y);
  const wire = state.wire.map((point) => toScreen(state.view, point));
  for (const point of wire) path.lineTo(point.x, point.y);
  if (cursor && wire.length === 0) path.lineTo(cursor.x, cursor.y);
  const colour = state.label === 0 ? "#ffffff" : colourOf(state, state.label);
  const takesAway = state.label === 0 || (state.mode === "subtract") !== state.flipped;
  context.setLineDash(takesAway ? [5, 4] : []);
  strokeTwice(context, colour, path);
  context.setLineDash([]);
  if (state.tool === "lasso") return;
  const ring = new Path2D();
  ring.arc(first.x, first.y, corners.length >= 3 ? CLOSE_DISTANCE / 2 : 3, 0, 2 * Math.PI);
  strokeTwice(context, colour, ring);
}
