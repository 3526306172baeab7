import type { SegmentTask } from "./flood";

/** A step costs one, and this much more for the whole range of grey: the way across an edge is long. */
const STEEP = 120;
const ROUND = 128; // more than the dearest step, a power of two

/**
 * Which seeds are nearest on the way along likeness: (h, w), 1 inside ones, 2 outside ones.
 *
 * Dijkstra with buckets from all seeds at once (Bai & Sapiro 2007 compare such distances for matting).
 */
export function nearest({ width, height, grey, seeds }: SegmentTask): Uint8Array {
  const side = new Uint8Array(grey.length);
  const cost = new Int32Array(grey.length).fill(2 ** 30);
  const buckets: number[][] = Array.from({ length: ROUND }, () => []);
  let waiting = 0;
  const reach = (at: number, total: number, whose: number): void => {
    if (total >= cost[at]) return;
    cost[at] = total;
    side[at] = whose;
    buckets[total & (ROUND - 1)].push(at);
    waiting++;
  };
  for (const seed of seeds) for (const at of seed.at) reach(at, 0, seed.inside ? 1 : 2);
  for (let now = 0; waiting > 0; now++) {
    const bucket = buckets[now & (ROUND - 1)];
    for (let at = bucket.pop(); at !== undefined; at = bucket.pop()) {
      waiting--;
      if (cost[at] !== now) continue;
      const step = (next: number): void => {
        reach(next, now + 1 + Math.round(STEEP * Math.abs(grey[next] - grey[at])), side[at]);
      };
      const column = at % width;
      if (column > 0) step(at - 1);
      if (column < width - 1) step(at + 1);
      if (at >= width) step(at - width);
      if (at < width * (height - 1)) step(at + width);
    }
  }
  return side;
}
