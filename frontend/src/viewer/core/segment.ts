/**
 * Click to segment: a region from clicks, scribbles, the edges of the image and, where there are, the committee's probabilities.
 *
 * Each click floods from its grey (and probability) to where the border of the flood has the strongest edges; a random
 * walker with priors (Grady 2005, "Multilabel random walker image segmentation using prior models") joins the floods,
 * the probabilities and the clicks to one smooth region whose border runs along edges.
 */
import { flood, type SegmentTask } from "./flood";
import { nearest } from "./nearest";

export type { Seed } from "./flood";

/** Log odds that a flood adds: alone it must carry a region, beside a network's probabilities it only tips the scales. */
const FLOOD_ALONE = 3;
const FLOOD_BESIDE = 1.5;
/** Log odds of a pixel that nothing is known about. */
const NOWHERE = -1.2;
const SURE = 3;
/** In places: what a later click may always reach. */
const LEAST_CORRECTION = 400;
/** How strongly a pixel is held to its prior, against 1 for a neighbour of the same grey: thin parts a network knows stay. */
const HOLD_ALONE = 0.05;
const HOLD_BESIDE = 0.15;
const SEED_HOLD = 100;
const STEPS = 60;
const TOLERANCE = 2e-3;

/** How likely each pixel is wanted: (h, w), 0..1. There is an inside seed at least. */
export function likelihood(task: SegmentTask): Float32Array {
  const grey = smooth(task.grey, task.width, task.height);
  return walk(grey, priors({ ...task, grey }), task);
}

/** 3 x 3 binomial: a single noisy pixel is no edge. */
function smooth(grey: Float32Array, width: number, height: number): Float32Array {
  const across = new Float32Array(grey.length);
  const out = new Float32Array(grey.length);
  for (let i = 0, y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const left = grey[x > 0 ? i - 1 : i];
      const right = grey[x < width - 1 ? i + 1 : i];
      across[i] = (left + 2 * grey[i] + right) / 4;
    }
  }
  for (let i = 0, y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const above = across[y > 0 ? i - width : i];
      const below = across[y < height - 1 ? i + width : i];
      out[i] = (above + 2 * across[i] + below) / 4;
    }
  }
  return out;
}

const logit = (p: number): number => Math.max(-SURE, Math.min(SURE, Math.log((p + 1e-6) / (1 - p + 1e-6))));

/** (h, w) probabilities before the walk: the network's and the floods'. */
function priors(task: SegmentTask): Float32Array {
  const { prior, seeds } = task;
  const odds = new Float32Array(task.grey.length);
  odds.fill(NOWHERE);
  if (prior) for (let i = 0; i < odds.length; i++) odds[i] = logit(prior[i]);
  // a correction is no larger than what it corrects
  let most = Infinity;
  const whose = seeds.every(({ inside }) => inside) ? null : nearest(task);
  for (const seed of seeds) {
    // where the network believes the opposite of what was clicked, the click is right about all that is like it
    const against = prior ? logit(mean(prior, seed.at)) * (seed.inside ? -1 : 1) : 0;
    const add = prior ? FLOOD_BESIDE + Math.max(0, 1 + against) : FLOOD_ALONE;
    const side = seed.inside ? 1 : 2;
    // where floods of both sides meet, the nearer click has it
    const region = flood(task, seed, most);
    if (most === Infinity) most = Math.max(LEAST_CORRECTION, region.length);
    for (const at of region) if (!whose || whose[at] === side) odds[at] += seed.inside ? add : -add;
  }
  return odds.map((value) => 1 / (1 + Math.exp(-Math.max(-SURE, Math.min(SURE, value)))));
}

function mean(values: Float32Array, at: Int32Array): number {
  let sum = 0;
  for (const i of at) sum += values[i];
  return sum / at.length;
}

interface Weights {
  right: Float32Array;
  down: Float32Array;
  diagonal: Float32Array;
}

/** How easily the walker passes from a pixel to its right and lower neighbour: hardly across an edge. */
function weights(grey: Float32Array, width: number, height: number): Weights {
  const size = grey.length;
  const right = new Float32Array(size);
  const down = new Float32Array(size);
  let sum = 0;
  for (let i = 0; i + 1 < size; i++) sum += (grey[i + 1] - grey[i]) ** 2;
  const steepness = 1 / (2 * (sum / size) + 1e-6);
  const diagonal = new Float32Array(size);
  for (let i = 0, y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (x < width - 1) right[i] = Math.exp(-((grey[i + 1] - grey[i]) ** 2) * steepness) + 1e-3;
      if (y < height - 1) down[i] = Math.exp(-((grey[i + width] - grey[i]) ** 2) * steepness) + 1e-3;
    }
  }
  for (let i = 0; i < size; i++)
    diagonal[i] = right[i] + down[i] + (i > 0 ? right[i - 1] : 0) + (i >= width ? down[i - width] : 0);
  return { right, down, diagonal };
}

/** Solves (L + H) x = H p by conjugate gradients: L the Laplacian of the weights, H how strongly pixels are held. */
function walk(grey: Float32Array, chances: Float32Array, { width, height, prior, seeds }: SegmentTask): Float32Array {
  const size = grey.length;
  const { right, down, diagonal } = weights(grey, width, height);
  const hold = new Float32Array(size).fill(prior ? HOLD_BESIDE : HOLD_ALONE);
  const x = chances.slice();
  for (const { at, inside } of seeds) {
    for (const i of at) {
      hold[i] = SEED_HOLD;
      x[i] = inside ? 1 : 0;
    }
  }
  const target = x.slice();
  for (let i = 0; i < size; i++) diagonal[i] += hold[i];
  const multiply = (v: Float32Array, out: Float32Array): void => {
    for (let i = 0; i < size; i++) {
      let sum = diagonal[i] * v[i] - right[i] * (i + 1 < size ? v[i + 1] : 0);
      if (i > 0) sum -= right[i - 1] * v[i - 1];
      if (i >= width) sum -= down[i - width] * v[i - width];
      if (i + width < size) sum -= down[i] * v[i + width];
      out[i] = sum;
    }
  };
  const residual = new Float32Array(size);
  multiply(x, residual);
  for (let i = 0; i < size; i++) residual[i] = hold[i] * target[i] - residual[i];
  conjugateGradients(x, residual, diagonal, multiply);
  return x;
}

/** Jacobi-preconditioned, in place, until the residual is small beside the first one. */
function conjugateGradients(
  x: Float32Array,
  residual: Float32Array,
  diagonal: Float32Array,
  multiply: (v: Float32Array, out: Float32Array) => void,
): void {
  const size = x.length;
  const direction = residual.map((value, i) => value / diagonal[i]);
  const product = new Float32Array(size);
  let energy = 0;
  for (let i = 0; i < size; i++) energy += residual[i] * direction[i];
  const enough = energy * TOLERANCE ** 2;
  for (let step = 0; step < STEPS && energy > enough; step++) {
    multiply(direction, product);
    let curvature = 0;
    for (let i = 0; i < size; i++) curvature += direction[i] * product[i];
    const length = energy / curvature;
    let next = 0;
    for (let i = 0; i < size; i++) {
      x[i] += length * direction[i];
      residual[i] -= length * product[i];
      next += (residual[i] * residual[i]) / diagonal[i];
    }
    const keep = next / energy;
    for (let i = 0; i < size; i++) direction[i] = residual[i] / diagonal[i] + keep * direction[i];
    energy = next;
  }
}

/** The regions above one half that hold a start; pixels touch by their sides. */
export function connected(x: Float32Array, width: number, height: number, starts: readonly number[]): Uint8Array {
  const inside = new Uint8Array(x.length);
  const stack = [...starts];
  for (const at of starts) inside[at] = 1;
  const visit = (at: number): void => {
    if (inside[at] === 1 || x[at] <= 0.5) return;
    inside[at] = 1;
    stack.push(at);
  };
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const column = at % width;
    if (column > 0) visit(at - 1);
    if (column < width - 1) visit(at + 1);
    if (at >= width) visit(at - width);
    if (at < width * (height - 1)) visit(at + width);
  }
  return inside;
}
