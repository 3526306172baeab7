import type { Point } from "./core/brush";
import { lengthOf } from "./core/measure";
import { toScreen } from "./core/view";
import type { Ruler, ViewerState } from "./types";

const COLOUR = "#ffe066";
const TICK = 5;

/** The rulers of the slice that is looked at, each with its length beside its middle. */
export function drawRulers(context: CanvasRenderingContext2D, state: ViewerState): void {
  const shown = state.peek?.picture ?? state.picture;
  if (!shown) return;
  for (const ruler of state.rulers) {
    if (ruler.image === shown.id) drawRuler(context, state, ruler);
  }
}

/** What a ruler says: "12.3 mm", or "45 px" where the image has no spacing. */
export function saying({ from, to, spacing }: Ruler): string {
  const { value, unit } = lengthOf(from, to, spacing);
  return `${value.toFixed(unit === "mm" ? 1 : 0)} ${unit}`;
}

function drawRuler(context: CanvasRenderingContext2D, state: ViewerState, ruler: Ruler): void {
  const from = toScreen(state.view, ruler.from);
  const to = toScreen(state.view, ruler.to);
  const path = new Path2D();
  path.moveTo(from.x, from.y);
  path.lineTo(to.x, to.y);
  const length = Math.max(1, Math.hypot(to.x - from.x, to.y - from.y));
  const across = { x: (-(to.y - from.y) / length) * TICK, y: ((to.x - from.x) / length) * TICK };
  for (const end of [from, to]) {
    path.moveTo(end.x - across.x, end.y - across.y);
    path.lineTo(end.x + across.x, end.y + across.y);
  }
  context.lineWidth = 3.5;
  context.strokeStyle = "rgb(0 0 0 / 70%)";
  context.stroke(path);
  context.lineWidth = 1.5;
  context.strokeStyle = COLOUR;
  context.stroke(path);
  write(context, saying(ruler), { x: (from.x + to.x) / 2 + 8, y: (from.y + to.y) / 2 - 8 });
}

function write(context: CanvasRenderingContext2D, text: string, at: Point): void {
  context.font = "600 13px system-ui, sans-serif";
  context.lineJoin = "round";
  context.lineWidth = 3.5;
  context.strokeStyle = "rgb(0 0 0 / 80%)";
  context.strokeText(text, at.x, at.y);
  context.fillStyle = COLOUR;
  context.fillText(text, at.x, at.y);
}
