import type { Point } from "./brush";
import { signedDistance, type Bits } from "./distance";
import type { Mask } from "./mask";
import { isEmpty, union, type Rect } from "./rect";

/**
 * The mask of a slice between two drawn ones, by its classes' shapes.
 *
 * For each class that both hold, the signed distances to its border are mixed in proportion; a pixel gets the class
 * whose mixed distance is largest and positive, the lowest value of equals. Where its two shapes have no pixel in
 * common, nothing would be positive: both are then moved along the line between their centres to where this slice
 * lies. A class that one of them lacks is left out: where it ends between the slices is for a person to say.
 *
 * part    : where this slice lies, 0 at `before`, 1 at `after`
 * returns : a label map of the same size
 * source  : shape-based interpolation, Raya & Udupa 1990
 */
export function interpolate(before: Mask, after: Mask, part: number): Uint8Array {
  const { width, height } = before;
  if (after.width !== width || after.height !== height)
    throw new RangeError("The masks on both sides differ in size.");
  const out = new Uint8Array(width * height);
  const best = new Float64Array(width * height);
  for (const value of classesOf(before)) {
    const shapes = shapesOf(before, after, value, part);
    if (!shapes) continue;
    const { box } = shapes;
    const columns = box.right - box.left;
    const rows = box.bottom - box.top;
    const a = signedDistance(shapes.before, columns, rows);
    const b = signedDistance(shapes.after, columns, rows);
    for (let y = 0, i = 0; y < rows; y++)
      for (let x = 0, at = (box.top + y) * width + box.left; x < columns; x++, i++, at++) {
        const distance = (1 - part) * a[i] + part * b[i];
        if (distance <= best[at]) continue;
        best[at] = distance;
        out[at] = value;
      }
  }
  return out;
}

function classesOf(mask: Mask): number[] {
  return [...mask.count().entries()].filter(([value, pixels]) => value > 0 && pixels > 0).map(([value]) => value);
}

interface Shift {
  dx: number;
  dy: number;
}

const STILL: Shift = { dx: 0, dy: 0 };

/** The two shapes of a class in one rectangle: outside of it, no mixed distance is positive. Null where one has none. */
function shapesOf(before: Mask, after: Mask, value: number, part: number) {
  const boxes = [before.boxOf(value, 1), after.boxOf(value, 1)] as const;
  if (boxes.some(isEmpty)) return null;
  const { width, height } = before;
  let shifts: readonly [Shift, Shift] = [STILL, STILL];
  if (!overlap(before, after, value)) {
    const [from, to] = [centre(before, value), centre(after, value)];
    const whole = { dx: Math.round(to.x - from.x), dy: Math.round(to.y - from.y) };
    const first = { dx: Math.round(part * whole.dx), dy: Math.round(part * whole.dy) };
    shifts = [first, { dx: first.dx - whole.dx, dy: first.dy - whole.dy }];
  }
  const box = union(moved(boxes[0], shifts[0], width, height), moved(boxes[1], shifts[1], width, height));
  return {
    box,
    before: bitsMoved(before, value, box, shifts[0]),
    after: bitsMoved(after, value, box, shifts[1]),
  };
}

function overlap(before: Mask, after: Mask, value: number): boolean {
  for (let i = 0; i < before.data.length; i++)
    if (before.data[i] === value && after.data[i] === value) return true;
  return false;
}

function centre(mask: Mask, value: number): Point {
  let [x, y, count] = [0, 0, 0];
  for (let i = mask.data.indexOf(value); i >= 0; i = mask.data.indexOf(value, i + 1)) {
    x += i % mask.width;
    y += Math.floor(i / mask.width);
    count++;
  }
  return { x: x / count, y: y / count };
}

function moved(rect: Rect, { dx, dy }: Shift, width: number, height: number): Rect {
  return {
    left: Math.max(0, rect.left + dx),
    top: Math.max(0, rect.top + dy),
    right: Math.min(width, rect.right + dx),
    bottom: Math.min(height, rect.bottom + dy),
  };
}

function bitsMoved(mask: Mask, value: number, box: Rect, { dx, dy }: Shift): Bits {
  const bits = new Uint8Array((box.right - box.left) * (box.bottom - box.top));
  let i = 0;
  for (let y = box.top; y < box.bottom; y++)
    for (let x = box.left; x < box.right; x++) bits[i++] = mask.at(x - dx, y - dy) === value ? 1 : 0;
  return bits;
}
