import type { Point } from "./brush";
import type { Mask, Writable } from "./mask";
import { NOTHING, union, type Rect } from "./rect";
import { writableBy, type Rules } from "./rules";

/** Corners of a box in image pixels, in any order, cut to whole pixels of the mask; every pixel touched is inside. */
export function boxOf(a: Point, b: Point, mask: { width: number; height: number }): Rect {
  const low = (one: number, other: number, end: number): number =>
    Math.min(end, Math.max(0, Math.floor(Math.min(one, other))));
  const high = (one: number, other: number, end: number): number =>
    Math.max(0, Math.min(end, Math.floor(Math.max(one, other)) + 1));
  return {
    left: low(a.x, b.x, mask.width),
    top: low(a.y, b.y, mask.height),
    right: high(a.x, b.x, mask.width),
    bottom: high(a.y, b.y, mask.height),
  };
}

/** Gives the pixels of a rectangle the value `wanted` says, where the rules allow; -1 leaves a pixel as it is. */
function write(mask: Mask, rect: Rect, rules: Rules, wanted: (at: number) => number): Rect {
  const writable = new Map<number, Writable>();
  const allowed = (value: number): Writable => {
    let found = writable.get(value);
    if (!found) writable.set(value, (found = writableBy(rules, value)));
    return found;
  };
  let changed = NOTHING;
  for (let y = rect.top; y < rect.bottom; y++) {
    for (let x = rect.left; x < rect.right; x++) {
      const at = y * mask.width + x;
      const value = wanted(at);
      if (value < 0 || value === mask.data[at]) continue;
      if (allowed(value)[mask.data[at]] === 0) continue;
      mask.data[at] = value;
      changed = union(changed, { left: x, top: y, right: x + 1, bottom: y + 1 });
    }
  }
  return changed;
}

/** Takes over every pixel of one class in a suggestion (H, W). What is drawn elsewhere stays. */
export function acceptClass(mask: Mask, suggestion: Uint8Array, value: number, rules: Rules): Rect {
  return write(mask, mask.whole, rules, (at) => (suggestion[at] === value ? value : -1));
}

/**
 * Takes over the connected region of a suggestion (H, W) that holds a point. Background is no region.
 *
 * Pixels touch by sides and by corners: what looks like one region is one.
 */
export function acceptRegion(mask: Mask, suggestion: Uint8Array, point: Point, rules: Rules): Rect {
  const region = regionAt(suggestion, mask, point);
  if (!region) return NOTHING;
  const value = suggestion[region.pixels[0]];
  return write(mask, region.rect, rules, (at) => (region.inside[at] === 1 ? value : -1));
}

/** Inside a box the mask becomes the suggestion (H, W), background too; closed classes stay and none is added. */
export function acceptBox(mask: Mask, suggestion: Uint8Array, box: Rect, rules: Rules): Rect {
  return write(mask, box, rules, (at) => suggestion[at]);
}

/** Clears a box, to start anew in it; closed classes stay. */
export function clearBox(mask: Mask, box: Rect, rules: Rules): Rect {
  return write(mask, box, rules, () => 0);
}

/** Gives the pixels where `inside` (H, W) is 1 one class, as far as the rules allow. */
export function paintInside(mask: Mask, inside: Uint8Array, value: number, rules: Rules): Rect {
  return mask.paintBits(inside, mask.whole, value, writableBy(rules, value));
}

interface Part {
  pixels: number[];
  /** (H, W): 1 inside */
  inside: Uint8Array;
  rect: Rect;
}

/** The connected region (sides and corners) of one class above 0 at a point; null where there is none. */
function regionAt(
  data: Uint8Array,
  { width, height }: { width: number; height: number },
  point: Point,
): Part | null {
  const x = Math.floor(point.x);
  const y = Math.floor(point.y);
  if (x < 0 || y < 0 || x >= width || y >= height || data[y * width + x] === 0) return null;
  const value = data[y * width + x];
  const inside = new Uint8Array(data.length);
  const pixels = [y * width + x];
  inside[pixels[0]] = 1;
  let rect: Rect = NOTHING;
  for (const at of pixels) {
    const column = at % width;
    const row = (at - column) / width;
    rect = union(rect, { left: column, top: row, right: column + 1, bottom: row + 1 });
    for (let ny = Math.max(0, row - 1); ny <= Math.min(height - 1, row + 1); ny++) {
      for (let nx = Math.max(0, column - 1); nx <= Math.min(width - 1, column + 1); nx++) {
        const next = ny * width + nx;
        if (inside[next] === 1 || data[next] !== value) continue;
        inside[next] = 1;
        pixels.push(next);
      }
    }
  }
  return { pixels, inside, rect };
}
