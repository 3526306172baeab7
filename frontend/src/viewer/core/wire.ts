import type { Point } from "./brush";
import type { Pixels } from "./window";

/** How far from its anchor a wire follows edges, in pixels: what keeps the search within a frame. */
export const REACH = 192;

const DEAREST = 255;
/** a way round along the strongest edges may be some eight times as long as one across even ground */
const CHEAPEST = 30;
/** more than the dearest step there is (a diagonal of the dearest pixel), and a power of two */
const BUCKETS = 512;
/** this share of the gradients is weaker than what counts as a full edge */
const STRONG = 0.95;
/** how many gradients are looked at to find that */
const SAMPLE = 8192;

/** Length of the gradient by Sobel's operator at each pixel of a window; neighbours outside the image repeat its border. */
function gradient(values: Pixels, width: number, height: number, left: number, top: number, columns: number, rows: number) {
  const out = new Float32Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    const middle = (top + y) * width;
    const above = Math.max(0, top + y - 1) * width;
    const below = Math.min(height - 1, top + y + 1) * width;
    for (let x = 0; x < columns; x++) {
      const c = left + x;
      const w = Math.max(0, c - 1);
      const e = Math.min(width - 1, c + 1);
      const nw = values[above + w];
      const ne = values[above + e];
      const sw = values[below + w];
      const se = values[below + e];
      const gx = ne + 2 * values[middle + e] + se - nw - 2 * values[middle + w] - sw;
      const gy = sw + 2 * values[below + c] + se - nw - 2 * values[above + c] - ne;
      out[y * columns + x] = Math.sqrt(gx * gx + gy * gy);
    }
  }
  return out;
}

/** What it costs to enter each pixel: CHEAPEST on the strongest edges to DEAREST on even ground. */
export function edgeCosts(strength: Float32Array): Uint8Array {
  const every = Math.ceil(strength.length / SAMPLE);
  const sample = new Float32Array(Math.ceil(strength.length / every));
  for (let i = 0; i < sample.length; i++) sample[i] = strength[i * every];
  sample.sort();
  const full = sample[Math.floor((sample.length - 1) * STRONG)] || sample[sample.length - 1] || 1;
  const costs = new Uint8Array(strength.length);
  for (let i = 0; i < costs.length; i++)
    costs[i] = DEAREST - Math.round((DEAREST - CHEAPEST) * Math.min(1, strength[i] / full));
  return costs;
}

/**
 * A wire that clings to the edges of an image: the cheapest path from an anchor to wherever the pointer is.
 *
 * The search (Dijkstra's, with buckets) spreads from the anchor only as far as it must to reach the pointer, and is
 * kept for the next pointer. It stays within REACH of the anchor; beyond, the wire goes on straight.
 *
 * source: Mortensen & Barrett 1995, "Intelligent scissors"
 */
export class LiveWire {
  private readonly left: number;
  private readonly top: number;
  private readonly columns: number;
  private readonly rows: number;
  private readonly costs: Uint8Array;
  private readonly total: Int32Array;
  private readonly from: Int32Array;
  private readonly settled: Uint8Array;
  private readonly buckets: number[][] = Array.from({ length: BUCKETS }, () => []);
  private level = 0;
  private waiting = 1;

  constructor(values: Pixels, width: number, height: number, anchor: Point, reach = REACH) {
    const x = Math.min(width - 1, Math.max(0, Math.floor(anchor.x)));
    const y = Math.min(height - 1, Math.max(0, Math.floor(anchor.y)));
    this.left = Math.max(0, x - reach);
    this.top = Math.max(0, y - reach);
    this.columns = Math.min(width, x + reach + 1) - this.left;
    this.rows = Math.min(height, y + reach + 1) - this.top;
    this.costs = edgeCosts(gradient(values, width, height, this.left, this.top, this.columns, this.rows));
    this.total = new Int32Array(this.costs.length).fill(0x7fffffff);
    this.from = new Int32Array(this.costs.length).fill(-1);
    this.settled = new Uint8Array(this.costs.length);
    const start = (y - this.top) * this.columns + x - this.left;
    this.total[start] = 0;
    this.buckets[0].push(start);
  }

  /** The middles of the pixels from the anchor to a point, both ends included. */
  pathTo(point: Point): Point[] {
    const x = Math.min(this.columns - 1, Math.max(0, Math.floor(point.x) - this.left));
    const y = Math.min(this.rows - 1, Math.max(0, Math.floor(point.y) - this.top));
    const target = y * this.columns + x;
    this.search(target);
    const path: Point[] = [];
    for (let at = target; at >= 0; at = this.from[at]) path.push(this.middle(at));
    path.reverse();
    const end = path[path.length - 1];
    if (Math.floor(point.x) !== Math.floor(end.x) || Math.floor(point.y) !== Math.floor(end.y)) path.push(point);
    return path;
  }

  /** What the path to a point inside the reach costs. */
  costTo(point: Point): number {
    this.pathTo(point);
    return this.total[(Math.floor(point.y) - this.top) * this.columns + Math.floor(point.x) - this.left];
  }

  private middle(at: number): Point {
    const x = at % this.columns;
    return { x: this.left + x + 0.5, y: this.top + (at - x) / this.columns + 0.5 };
  }

  private search(target: number): void {
    const { buckets, settled } = this;
    while (this.waiting > 0 && settled[target] === 0) {
      const bucket = buckets[this.level % BUCKETS];
      const at = bucket.pop();
      if (at === undefined) {
        this.level++;
        continue;
      }
      this.waiting--;
      if (settled[at] === 1) continue;
      settled[at] = 1;
      this.relax(at);
    }
  }

  private relax(at: number): void {
    const { columns, rows, settled, costs, total } = this;
    const x = at % columns;
    const y = (at - x) / columns;
    const y0 = y > 0 ? -columns : 0;
    const y1 = y < rows - 1 ? columns : 0;
    const x0 = x > 0 ? -1 : 0;
    const x1 = x < columns - 1 ? 1 : 0;
    for (let dy = y0; dy <= y1; dy += columns)
      for (let dx = x0; dx <= x1; dx++) {
        const next = at + dy + dx;
        if (settled[next] === 1) continue;
        // 181 / 128 is the square root of two
        const step = dx !== 0 && dy !== 0 ? (costs[next] * 181) >> 7 : costs[next];
        const sum = total[at] + step;
        if (sum >= total[next]) continue;
        total[next] = sum;
        this.from[next] = at;
        this.buckets[sum % BUCKETS].push(next);
        this.waiting++;
      }
  }
}
