import { dilate, inverted } from "./distance";
import type { Mask } from "./mask";
import { holesIn, islandsIn, majority } from "./pieces";
import { NOTHING, isEmpty, union, type Rect } from "./rect";
import { only, writableBy, type Rules } from "./rules";

/*
 * Edits of one whole class. Each obeys the rules, says what it changed, and works on the class's rectangle only.
 * A pixel that a class loses becomes background, except where `smooth` finds a neighbour to give it to.
 */

const width = (rect: Rect): number => rect.right - rect.left;
const height = (rect: Rect): number => rect.bottom - rect.top;

/** Gives the background that a class encloses to that class. Other classes inside it stay. */
export function fillHoles(mask: Mask, value: number, rules: Rules): Rect {
  const box = mask.boxOf(value, 1);
  if (value === 0 || isEmpty(box)) return NOTHING;
  const holes = holesIn(mask.bitsOf(value, box), width(box), height(box));
  return mask.paintBits(holes, box, value, only(writableBy(rules, value), 0));
}

/** Removes the connected pieces of a class that have fewer than `size` pixels. */
export function removeIslands(mask: Mask, value: number, size: number, rules: Rules): Rect {
  const box = mask.boxOf(value);
  if (value === 0 || isEmpty(box)) return NOTHING;
  const islands = islandsIn(mask.bitsOf(value, box), width(box), height(box), size);
  return mask.paintBits(islands, box, 0, writableBy(rules, 0));
}

/** Grows a class by `reach` pixels on all sides. */
export function grow(mask: Mask, value: number, reach: number, rules: Rules): Rect {
  const box = mask.boxOf(value, reach);
  if (value === 0 || isEmpty(box)) return NOTHING;
  const bits = dilate(mask.bitsOf(value, box), width(box), height(box), reach);
  return mask.paintBits(bits, box, value, writableBy(rules, value));
}

/** Takes `reach` pixels off a class on all sides; where it meets the border of the image it stays. */
export function shrink(mask: Mask, value: number, reach: number, rules: Rules): Rect {
  const box = mask.boxOf(value, 1);
  if (value === 0 || isEmpty(box)) return NOTHING;
  const bits = mask.bitsOf(value, box);
  const near = dilate(inverted(bits), width(box), height(box), reach);
  for (let i = 0; i < bits.length; i++) bits[i] &= near[i];
  return mask.paintBits(bits, box, 0, writableBy(rules, 0));
}

/**
 * Smooths the border of a class: it holds afterwards where more than half of the pixels within `reach` are its own.
 *
 * A pixel it loses goes to the label most of those pixels have, background where the rules forbid that.
 */
export function smooth(mask: Mask, value: number, reach: number, rules: Rules): Rect {
  // twice: so that the counts at the edge of the rectangle are those of the whole image
  const box = mask.boxOf(value, 2 * reach);
  if (value === 0 || isEmpty(box)) return NOTHING;
  const before = mask.bitsOf(value, box);
  const after = majority(before, width(box), height(box), reach);
  const labels = mask.crop(box);
  const heirs = new Map<number, Uint8Array>();
  for (let i = 0; i < before.length; i++) {
    if (before[i] === 0 || after[i] === 1) continue;
    const found = commonest(labels, width(box), i, reach, value);
    const heir = writableBy(rules, found)[value] ? found : 0;
    let bits = heirs.get(heir);
    if (!bits) heirs.set(heir, (bits = new Uint8Array(before.length)));
    bits[i] = 1;
  }
  let changed = mask.paintBits(after, box, value, writableBy(rules, value));
  for (const [heir, bits] of heirs)
    changed = union(changed, mask.paintBits(bits, box, heir, only(writableBy(rules, heir), value)));
  return changed;
}

/** The label most pixels within reach of a place have, one label left out; the lowest of equals. */
function commonest(labels: Uint8Array, columns: number, at: number, reach: number, without: number): number {
  const counts = new Map<number, number>();
  const x = at % columns;
  const rows = labels.length / columns;
  const y = (at - x) / columns;
  for (let dy = -Math.min(reach, y); dy <= Math.min(reach, rows - 1 - y); dy++) {
    const half = Math.floor(Math.sqrt(reach * reach - dy * dy));
    for (let dx = -Math.min(half, x); dx <= Math.min(half, columns - 1 - x); dx++) {
      const label = labels[at + dy * columns + dx];
      if (label !== without) counts.set(label, (counts.get(label) ?? 0) + 1);
    }
  }
  let best = 0;
  for (const [label, count] of counts) {
    const most = counts.get(best) ?? 0;
    if (count > most || (count === most && label < best)) best = label;
  }
  return best;
}

/** Renames labels: every pixel of label v becomes to[v], where both may change. `over` asks nothing here. */
export function relabel(mask: Mask, to: ReadonlyMap<number, number>, { closed }: Rules): Rect {
  const table = Uint8Array.from({ length: 256 }, (_, label) => label);
  for (const [from, into] of to) if (!closed.has(from) && !closed.has(into)) table[from] = into;
  const next = mask.data.slice();
  for (let i = 0; i < next.length; i++) next[i] = table[next[i]];
  return mask.replace(next);
}

/**
 * Takes over another label map of the same size as far as the rules allow.
 *
 * part : the class alone that is taken over (where it is and where it is not); null for all of them
 */
export function layOver(mask: Mask, data: Uint8Array, rules: Rules, part: number | null = null): Rect {
  if (data.length !== mask.data.length)
    throw new RangeError(`The label map has ${data.length} pixels, the image ${mask.data.length}.`);
  const writable = Array.from({ length: 256 }, (_, label) => writableBy(rules, label));
  const next = mask.data.slice();
  for (let i = 0; i < next.length; i++) {
    const old = next[i];
    const wanted = part === null || data[i] === part ? data[i] : old === part ? 0 : old;
    if (wanted !== old && writable[wanted][old]) next[i] = wanted;
  }
  return mask.replace(next);
}
