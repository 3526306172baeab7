import { ALL_WRITABLE, type Mask, type Writable } from "./mask";
import { NOTHING, union, type Rect } from "./rect";

/**
 * Paints the connected region of one label that holds the pixel (x, y).
 *
 * Pixels touch by their sides only: a one-pixel outline drawn by the brush, also a diagonal one, keeps the paint in.
 */
export function floodFill(
  mask: Mask,
  x: number,
  y: number,
  value: number,
  writable: Writable = ALL_WRITABLE,
): Rect {
  const { width, height, data } = mask;
  if (x < 0 || y < 0 || x >= width || y >= height) return NOTHING;
  const old = data[y * width + x];
  if (old === value || writable[old] === 0) return NOTHING;
  let changed = NOTHING;
  const seeds = [y * width + x];
  for (let seed = seeds.pop(); seed !== undefined; seed = seeds.pop()) {
    if (data[seed] !== old) continue;
    const row = Math.floor(seed / width);
    const begin = row * width;
    let left = seed;
    while (left > begin && data[left - 1] === old) left--;
    let right = seed + 1;
    while (right < begin + width && data[right] === old) right++;
    data.fill(value, left, right);
    changed = union(changed, { left: left - begin, top: row, right: right - begin, bottom: row + 1 });
    for (const next of [row - 1, row + 1]) {
      if (next < 0 || next >= height) continue;
      pushRuns(data, seeds, left + (next - row) * width, right + (next - row) * width, old);
    }
  }
  return changed;
}

/** Adds one seed for each run of `old` in data[from, to). */
function pushRuns(data: Uint8Array, seeds: number[], from: number, to: number, old: number): void {
  let inside = false;
  for (let i = from; i < to; i++) {
    const hit = data[i] === old;
    if (hit && !inside) seeds.push(i);
    inside = hit;
  }
}
