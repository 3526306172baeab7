import { ALL_WRITABLE, type Mask, type Writable } from "./mask";
import { NOTHING, union, type Rect } from "./rect";
import type { Gate } from "./values";

export interface Point {
  x: number;
  y: number;
}

interface Span {
  low: number;
  high: number;
}

/** Narrows a span to the x for which low <= slope * x + offset <= high holds. */
function clip(span: Span, slope: number, offset: number, low: number, high: number): void {
  if (Math.abs(slope) < 1e-12) {
    if (offset < low || offset > high) span.high = -Infinity;
    return;
  }
  const a = (low - offset) / slope;
  const b = (high - offset) / slope;
  span.low = Math.max(span.low, Math.min(a, b));
  span.high = Math.min(span.high, Math.max(a, b));
}

/** Where the line y meets the disk round a point, as [low, high]; low > high where it does not. */
function diskSpan(centre: Point, radius: number, y: number): Span {
  const rest = radius * radius - (y - centre.y) ** 2;
  if (rest < 0) return { low: Infinity, high: -Infinity };
  const half = Math.sqrt(rest);
  return { low: centre.x - half, high: centre.x + half };
}

/** Where the line y meets the rectangle that joins the two disks of a capsule. */
function bodySpan(from: Point, to: Point, radius: number, y: number): Span {
  const span = { low: -Infinity, high: Infinity };
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length === 0) return { low: Infinity, high: -Infinity };
  const ux = (to.x - from.x) / length;
  const uy = (to.y - from.y) / length;
  clip(span, ux, (y - from.y) * uy - from.x * ux, 0, length);
  clip(span, -uy, (y - from.y) * ux + from.x * uy, -radius, radius);
  return span;
}

/** The pixels of line y within `radius` of a segment, as the disk of a round brush sweeps it. */
function roundSpan(from: Point, to: Point, radius: number, y: number): Span {
  const whole = { low: Infinity, high: -Infinity };
  for (const part of [diskSpan(from, radius, y), diskSpan(to, radius, y), bodySpan(from, to, radius, y)]) {
    if (part.low > part.high) continue;
    whole.low = Math.min(whole.low, part.low);
    whole.high = Math.max(whole.high, part.high);
  }
  return whole;
}

/** The same for a square of 2 * radius a side: its middle walks the segment while the line cuts it. */
function squareSpan(from: Point, to: Point, radius: number, y: number): Span {
  const part = { low: 0, high: 1 };
  clip(part, to.y - from.y, from.y, y - radius, y + radius);
  if (part.low > part.high) return { low: Infinity, high: -Infinity };
  const a = from.x + part.low * (to.x - from.x);
  const b = from.x + part.high * (to.x - from.x);
  return { low: Math.min(a, b) - radius, high: Math.max(a, b) + radius };
}

export type BrushShape = "round" | "square";

export interface Brush {
  /** half of the size, in image pixels */
  radius: number;
  shape?: BrushShape;
  /** paints only where the image's value lies in a range */
  gate?: Gate | null;
}

/**
 * Paints what a brush covers on its way along the segment between two points: all pixels whose centre it meets.
 *
 * Successive points of a stroke share an end, so a stroke has no gaps however far apart the pointer reports.
 * Coordinates are image pixels with (0, 0) the top left corner of the first pixel, its centre at (0.5, 0.5).
 * The pixels under both ends are always painted, also where a thin brush misses their centres.
 */
export function paintSegment(
  mask: Mask,
  from: Point,
  to: Point,
  { radius, shape = "round", gate = null }: Brush,
  value: number,
  writable: Writable = ALL_WRITABLE,
): Rect {
  const spanAt = shape === "square" ? squareSpan : roundSpan;
  const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - radius));
  const bottom = Math.min(mask.height, Math.ceil(Math.max(from.y, to.y) + radius));
  let changed = NOTHING;
  for (let row = top; row < bottom; row++) {
    const { low, high } = spanAt(from, to, radius, row + 0.5);
    if (low > high) continue;
    const end = Math.floor(high - 0.5) + 1;
    changed = union(changed, mask.paintRow(row, Math.ceil(low - 0.5), end, value, writable, gate));
  }
  for (const end of [from, to]) {
    // + 0: a pointer may report -0, which is no row and no column of a rectangle
    const x = Math.floor(end.x) + 0;
    changed = union(changed, mask.paintRow(Math.floor(end.y) + 0, x, x + 1, value, writable, gate));
  }
  return changed;
}
