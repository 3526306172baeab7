import type { Point } from "./brush";
import { ALL_WRITABLE, type Mask, type Writable } from "./mask";
import { NOTHING, union, type Rect } from "./rect";

/** The x at which the outline crosses the line y, in order. An edge holds its upper end and not its lower one. */
function crossings(points: readonly Point[], y: number): number[] {
  const found: number[] = [];
  let a = points[points.length - 1];
  for (const b of points) {
    if (a.y <= y !== b.y <= y) found.push(a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x));
    a = b;
  }
  return found.sort((left, right) => left - right);
}

/**
 * Fills a polygon by scan lines: the pixels whose centre is inside by the even-odd rule.
 *
 * Fewer than three points paint nothing.
 */
export function fillPolygon(
  mask: Mask,
  points: readonly Point[],
  value: number,
  writable: Writable = ALL_WRITABLE,
): Rect {
  if (points.length < 3) return NOTHING;
  const ys = points.map((point) => point.y);
  const top = Math.max(0, Math.floor(Math.min(...ys)));
  const bottom = Math.min(mask.height, Math.ceil(Math.max(...ys)));
  let changed = NOTHING;
  for (let row = top; row < bottom; row++) {
    const xs = crossings(points, row + 0.5);
    for (let i = 0; i + 1 < xs.length; i += 2) {
      const x0 = Math.ceil(xs[i] - 0.5);
      const x1 = Math.ceil(xs[i + 1] - 0.5);
      changed = union(changed, mask.paintRow(row, x0, x1, value, writable));
    }
  }
  return changed;
}
