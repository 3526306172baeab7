/**
 * What has changed in a mask, as rectangles: what is kept in this browser after a stroke, and what a save sends.
 *
 * The server reads the same bytes in winnow/imaging/patch.py; tests/golden/patches.json holds both to it.
 */

/** New class values of a rectangle, row by row. */
export interface Patch {
  left: number;
  top: number;
  width: number;
  height: number;
  values: Uint8Array;
}

/** Rows without a change between two rectangles; fewer are not worth a head of their own. */
const GAP = 3;
const HEAD = 16;

/** The first and the last changed place of a row, or null. */
function changedSpan(before: Uint8Array, after: Uint8Array, start: number, end: number): [number, number] | null {
  let first = start;
  while (first < end && before[first] === after[first]) first++;
  if (first === end) return null;
  let last = end - 1;
  while (before[last] === after[last]) last--;
  return [first - start, last - start];
}

/** Whether two masks of one size are the same; words of four pixels where the memory allows it. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  const words = a.byteOffset % 4 === 0 && b.byteOffset % 4 === 0 ? a.length >> 2 : 0;
  const x = new Uint32Array(a.buffer, words ? a.byteOffset : 0, words);
  const y = new Uint32Array(b.buffer, words ? b.byteOffset : 0, words);
  for (let i = 0; i < words; i++) if (x[i] !== y[i]) return false;
  for (let i = words * 4; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The rectangles in which `after` differs from `before`, both (H, W) of one width, from top to bottom. */
export function changes(before: Uint8Array, after: Uint8Array, width: number): Patch[] {
  const rects: { left: number; right: number; top: number; bottom: number }[] = [];
  for (let y = 0; y * width < after.length; y++) {
    const span = changedSpan(before, after, y * width, (y + 1) * width);
    if (!span) continue;
    const [left, right] = span;
    const open = rects.at(-1);
    if (open && y - open.bottom <= GAP) {
      Object.assign(open, { left: Math.min(open.left, left), right: Math.max(open.right, right), bottom: y });
    } else rects.push({ left, right, top: y, bottom: y });
  }
  return rects.map(({ left, right, top, bottom }) => cut(after, width, left, top, right - left + 1, bottom - top + 1));
}

function cut(mask: Uint8Array, stride: number, left: number, top: number, width: number, height: number): Patch {
  const values = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * stride + left;
    values.set(mask.subarray(start, start + width), y * width);
  }
  return { left, top, width, height, values };
}

/** Lays a rectangle over a mask, in place. */
export function lay(mask: Uint8Array, stride: number, { left, top, width, height, values }: Patch): void {
  for (let y = 0; y < height; y++) {
    mask.set(values.subarray(y * width, (y + 1) * width), (top + y) * stride + left);
  }
}

/** The body of a save: for each rectangle left, top, width, height as little-endian uint32, then its values. */
export function encode(patches: readonly Patch[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(patches.reduce((sum, { values }) => sum + HEAD + values.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { left, top, width, height, values } of patches) {
    [left, top, width, height].forEach((number, i) => {
      view.setUint32(at + 4 * i, number, true);
    });
    bytes.set(values, at + HEAD);
    at += HEAD + values.length;
  }
  return bytes;
}
