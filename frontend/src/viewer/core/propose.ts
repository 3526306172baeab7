import type { Point } from "./brush";
import type { Rect } from "./rect";
import { connected, likelihood, type Seed } from "./segment";

/** One click or scribble on an image, in image pixels. */
export interface Stroke {
  points: readonly Point[];
  inside: boolean;
}

/** grey: (H, W), 0..255 as it is shown. prior: (H, W), probability of the class in 255ths, or null. */
export interface ClickImage {
  width: number;
  height: number;
  grey: Uint8Array;
  prior: Uint8Array | null;
}

/** Longest side of the grid that is computed on: what keeps an answer under 300 ms. */
const GRID = 256;
/** The first look goes this far beyond the clicks, in image pixels. */
const SIGHT = 256;

interface Grid {
  window: Rect;
  /** image pixels to a side of one of the grid's */
  factor: number;
  width: number;
  height: number;
}

/**
 * The region that clicks ask for: (H, W), 1 inside.
 *
 * A first look at a wide window on a coarse grid finds how large it is; a second one at that place is as fine as the
 * grid allows: at the image's own pixels up to 256 of them.
 */
export function propose(image: ClickImage, strokes: readonly Stroke[]): Uint8Array {
  const answer = new Uint8Array(image.width * image.height);
  const seen = strokes.filter(({ points }) => points.some(({ x, y }) => x >= 0 && y >= 0 && x < image.width && y < image.height));
  if (!seen.some(({ inside }) => inside)) return answer;
  const wide = gridOver(boundsOf(seen, image, SIGHT));
  let region = look(image, seen, wide);
  if (wide.factor > 1) {
    const near = grown(region.rect, 12 * wide.factor, image);
    const fine = gridOver(near);
    if (fine.factor < wide.factor) region = look(image, seen, fine);
  }
  const { window, inside } = region;
  const width = window.right - window.left;
  for (let y = window.top; y < window.bottom; y++) {
    const from = (y - window.top) * width;
    answer.set(inside.subarray(from, from + width), y * image.width + window.left);
  }
  return answer;
}

function boundsOf(strokes: readonly Stroke[], image: ClickImage, margin: number): Rect {
  const points = strokes.flatMap(({ points: each }) => [...each]);
  const xs = points.map(({ x }) => Math.floor(x));
  const ys = points.map(({ y }) => Math.floor(y));
  const rect = { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs) + 1, bottom: Math.max(...ys) + 1 };
  return grown(rect, margin, image);
}

function grown(rect: Rect, margin: number, { width, height }: ClickImage): Rect {
  return {
    left: Math.max(0, rect.left - margin),
    top: Math.max(0, rect.top - margin),
    right: Math.min(width, rect.right + margin),
    bottom: Math.min(height, rect.bottom + margin),
  };
}

function gridOver(window: Rect): Grid {
  const across = window.right - window.left;
  const down = window.bottom - window.top;
  const factor = Math.max(1, Math.ceil(Math.max(across, down) / GRID));
  return { window, factor, width: Math.ceil(across / factor), height: Math.ceil(down / factor) };
}

interface Seen {
  window: Rect;
  /** of the window's own pixels */
  inside: Uint8Array;
  /** what of the image is inside */
  rect: Rect;
}

function look(image: ClickImage, strokes: readonly Stroke[], grid: Grid): Seen {
  const grey = averaged(image.grey, image.width, grid);
  const prior = image.prior && averaged(image.prior, image.width, grid);
  const seeds = strokes.map((stroke) => seedOf(stroke, grid)).filter(({ at }) => at.length > 0);
  const { window, factor } = grid;
  const width = window.right - window.left;
  const height = window.bottom - window.top;
  if (!seeds.some(({ inside }) => inside)) return { window, inside: new Uint8Array(width * height), rect: window };
  const chance = likelihood({ width: grid.width, height: grid.height, grey, prior, seeds });
  const fine = factor === 1 ? chance : enlarged(chance, grid, width, height);
  const starts = strokes
    .filter(({ inside }) => inside)
    .flatMap(({ points }) => points.map(({ x, y }) => ({ x: Math.floor(x) - window.left, y: Math.floor(y) - window.top })))
    .filter(({ x, y }) => x >= 0 && y >= 0 && x < width && y < height)
    .map(({ x, y }) => y * width + x);
  const inside = connected(fine, width, height, starts);
  return { window, inside, rect: extent(inside, window, width) };
}

/** The mean of 0..255 over each square of the grid, 0..1. */
function averaged(values: Uint8Array, stride: number, { window, factor, width, height }: Grid): Float32Array {
  const out = new Float32Array(width * height);
  for (let gy = 0, i = 0; gy < height; gy++) {
    const top = window.top + gy * factor;
    const bottom = Math.min(window.bottom, top + factor);
    for (let gx = 0; gx < width; gx++, i++) {
      const left = window.left + gx * factor;
      const right = Math.min(window.right, left + factor);
      let sum = 0;
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += values[y * stride + x];
      out[i] = sum / ((bottom - top) * (right - left) * 255);
    }
  }
  return out;
}

function seedOf({ points, inside }: Stroke, { window, factor, width, height }: Grid): Seed {
  const places = new Set<number>();
  for (const point of points) {
    const x = Math.floor((Math.floor(point.x) - window.left) / factor);
    const y = Math.floor((Math.floor(point.y) - window.top) / factor);
    if (x >= 0 && y >= 0 && x < width && y < height) places.add(y * width + x);
  }
  return { at: Int32Array.from(places), inside };
}

/** Bilinear, from the middles of the grid's squares to the window's own pixels. */
function enlarged(values: Float32Array, grid: Grid, width: number, height: number): Float32Array {
  const out = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    const v = Math.min(grid.height - 1, Math.max(0, (y + 0.5) / grid.factor - 0.5));
    const v0 = Math.floor(v);
    const below = Math.min(grid.height - 1, v0 + 1) * grid.width;
    for (let x = 0; x < width; x++, i++) {
      const u = Math.min(grid.width - 1, Math.max(0, (x + 0.5) / grid.factor - 0.5));
      const u0 = Math.floor(u);
      const u1 = Math.min(grid.width - 1, u0 + 1);
      const above = values[v0 * grid.width + u0] * (u0 + 1 - u) + values[v0 * grid.width + u1] * (u - u0);
      const under = values[below + u0] * (u0 + 1 - u) + values[below + u1] * (u - u0);
      out[i] = above * (v0 + 1 - v) + under * (v - v0);
    }
  }
  return out;
}

function extent(inside: Uint8Array, window: Rect, width: number): Rect {
  const rect = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (let i = 0; i < inside.length; i++) {
    if (inside[i] === 0) continue;
    const x = window.left + (i % width);
    const y = window.top + Math.floor(i / width);
    rect.left = Math.min(rect.left, x);
    rect.top = Math.min(rect.top, y);
    rect.right = Math.max(rect.right, x + 1);
    rect.bottom = Math.max(rect.bottom, y + 1);
  }
  return rect;
}
