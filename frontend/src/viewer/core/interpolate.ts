import { signedDistance } from "./distance";
import { Mask } from "./mask";
import { NOTHING, isEmpty, union, type Rect } from "./rect";

/**
 * The mask of a slice between two drawn ones, by its classes' shapes.
 *
 * For each class that both hold, the signed distances to its border are mixed in proportion; a pixel gets the class
 * whose mixed distance is largest and positive, the lowest value of equals. A class that one of them lacks is left
 * out: where it ends between the slices is for a person to say.
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
    const box = commonBox(before, after, value);
    if (isEmpty(box)) continue;
    const columns = box.right - box.left;
    const rows = box.bottom - box.top;
    const a = signedDistance(before.bitsOf(value, box), columns, rows);
    const b = signedDistance(after.bitsOf(value, box), columns, rows);
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

/** Holds a class in both masks and one pixel round it: outside, no mixed distance is positive. */
function commonBox(before: Mask, after: Mask, value: number): Rect {
  const one = before.boxOf(value, 1);
  const two = after.boxOf(value, 1);
  return isEmpty(one) || isEmpty(two) ? NOTHING : union(one, two);
}
