/** One click or scribble: places in the grid, inside the wanted region or outside of it. */
export interface Seed {
  at: Int32Array;
  inside: boolean;
}

/** Everything about one window of an image. grey: (h, w), 0..1. prior: (h, w), probability of the class, or null. */
export interface SegmentTask {
  width: number;
  height: number;
  grey: Float32Array;
  prior: Float32Array | null;
  seeds: readonly Seed[];
}

const LEVELS = 256;
/** A difference this large (grey 0..1) is the last level. */
const REACH = 0.5;
/** Differences of probability count this much beside those of grey. */
const TRUST = 0.7;
/** Edges are held against how unlike the region's own pixels are, and this much more, so that a leak never looks better. */
const NARROW = 0.1;
/** Regions much smaller than this (pixels) are noise, whatever their border. */
const SMALL = 60;
/** No region is larger than this share of the window. */
const LARGEST = 0.6;

/**
 * The region round a seed that grows by likeness to it, as it was when the edges along its border were strongest.
 *
 * Seeds of the other side are not in it, and it ends where it meets one. `most`: no more places than this are worth
 * looking at. Returns the places in it.
 */
export function flood(task: SegmentTask, seed: Seed, most = Infinity): Int32Array {
  const { width, height, grey, prior } = task;
  const size = grey.length;
  const others = task.seeds.filter((one) => one.inside !== seed.inside);
  const state = new Uint8Array(size); // 1 waits, 2 inside, 3 belongs to the other side
  for (const other of others) for (const at of other.at) state[at] = 3;
  const centre = around(grey, seed, width);
  const belief = prior ? around(prior, seed, width) : 0;
  const unlike = (at: number): number =>
    Math.abs(grey[at] - centre) + (prior ? TRUST * Math.abs(prior[at] - belief) : 0);
  const edge = (a: number, b: number): number =>
    Math.abs(grey[a] - grey[b]) + (prior ? TRUST * Math.abs(prior[a] - prior[b]) : 0);
  const waiting: number[][] = Array.from({ length: LEVELS }, () => []);
  const order = new Int32Array(size);
  let count = 0;
  let border = 0;
  let edges = 0;
  let best = 0;
  let bestCount = 0;
  let now = 0;
  let met = false;

  const wait = (at: number, level: number): void => {
    state[at] = 1;
    waiting[level].push(at);
  };
  const level = (at: number): number => Math.min(LEVELS - 1, Math.round((unlike(at) / REACH) * LEVELS));
  for (const at of seed.at) if (state[at] === 0) wait(at, 0);
  const meet = (at: number, next: number): void => {
    const step = edge(at, next);
    if (state[next] === 3) met = true;
    if (state[next] === 2) {
      border -= step;
      edges--;
      return;
    }
    border += step;
    edges++;
    // what is more alike than what let it in belongs to the same level
    if (state[next] === 0) wait(next, Math.max(now, level(next)));
  };
  const take = (at: number): void => {
    state[at] = 2;
    order[count++] = at;
    const column = at % width;
    if (column > 0) meet(at, at - 1);
    if (column < width - 1) meet(at, at + 1);
    if (at >= width) meet(at, at - width);
    if (at < width * (height - 1)) meet(at, at + width);
  };
  for (; now < LEVELS && count < Math.min(most, LARGEST * size); now++) {
    for (let at = waiting[now].pop(); at !== undefined; at = waiting[now].pop()) take(at);
    // what is as unlike as a click of the other side is no part of the region
    if (edges === 0 || (met && bestCount > 0)) break;
    const score = ((border / edges) / (now / LEVELS + NARROW)) * (count / (count + SMALL));
    if (score > best) {
      best = score;
      bestCount = count;
    }
  }
  return order.slice(0, Math.max(bestCount, Math.min(count, seed.at.length)));
}

/** The mean at the places of a seed and their neighbours left and right, above and below. */
function around(values: Float32Array, { at }: Seed, width: number): number {
  let sum = 0;
  let count = 0;
  for (const i of at) {
    for (const j of [i, i - 1, i + 1, i - width, i + width]) {
      if (j < 0 || j >= values.length) continue;
      sum += values[j];
      count++;
    }
  }
  return sum / count;
}
