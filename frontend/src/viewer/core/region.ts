import type { Bits } from "./distance";
import { NOTHING, union, type Rect } from "./rect";
import type { Raster } from "./values";

export interface RegionOptions {
  /** largest difference that still belongs, in the image's units */
  tolerance: number;
  /** what a pixel is compared with: the clicked one (a magic wand) or the neighbour it is reached from (growing) */
  compare: "seed" | "neighbour";
  /** only what is connected to the clicked pixel by sides; false: every similar pixel of the image, compared with the seed */
  connected: boolean;
}

export interface Region {
  bits: Bits;
  rect: Rect;
}

/**
 * The pixels of an image that are similar to the one at (x, y), as bits (H, W).
 *
 * In colour the difference of two pixels is the largest of their channels', so that red and green of one brightness
 * are told apart. Empty when (x, y) lies outside.
 */
export function similarRegion(raster: Raster, x: number, y: number, options: RegionOptions): Region {
  const { width, height } = raster;
  const bits = new Uint8Array(width * height);
  if (x < 0 || y < 0 || x >= width || y >= height) return { bits, rect: NOTHING };
  const seed = y * width + x;
  if (!options.connected) return everywhere(raster, seed, options.tolerance, bits);
  if (options.compare === "neighbour") return spread(raster, seed, options.tolerance, bits);
  return flood(raster, seed, options.tolerance, bits);
}

function difference({ pixels, channels }: Raster, a: number, b: number): number {
  if (channels === 1) return Math.abs(pixels[a] - pixels[b]);
  let most = 0;
  for (let c = 0; c < channels; c++)
    most = Math.max(most, Math.abs(pixels[a * channels + c] - pixels[b * channels + c]));
  return most;
}

function everywhere(raster: Raster, seed: number, tolerance: number, bits: Bits): Region {
  for (let i = 0; i < bits.length; i++) bits[i] = difference(raster, i, seed) <= tolerance ? 1 : 0;
  return { bits, rect: { left: 0, top: 0, right: raster.width, bottom: raster.height } };
}

/** Run by run: the connected pixels within tolerance of the seed. */
function flood(raster: Raster, seed: number, tolerance: number, bits: Bits): Region {
  const { width, height } = raster;
  const fits = (at: number): boolean => bits[at] === 0 && difference(raster, at, seed) <= tolerance;
  const open = [seed];
  let rect = NOTHING;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (bits[at] !== 0) continue;
    const row = Math.floor(at / width);
    const begin = row * width;
    let left = at;
    while (left > begin && fits(left - 1)) left--;
    let right = at + 1;
    while (right < begin + width && fits(right)) right++;
    bits.fill(1, left, right);
    rect = union(rect, { left: left - begin, top: row, right: right - begin, bottom: row + 1 });
    for (const next of [row - 1, row + 1]) {
      if (next < 0 || next >= height) continue;
      const shift = (next - row) * width;
      let inside = false;
      for (let i = left + shift; i < right + shift; i++) {
        const hit = fits(i);
        if (hit && !inside) open.push(i);
        inside = hit;
      }
    }
  }
  return { bits, rect };
}

/** Pixel by pixel: each within tolerance of the neighbour it is reached from. */
function spread(raster: Raster, seed: number, tolerance: number, bits: Bits): Region {
  const { width, height } = raster;
  const queue = new Int32Array(width * height);
  let used = 1;
  queue[0] = seed;
  bits[seed] = 1;
  const reach = (from: number, to: number): void => {
    if (bits[to] !== 0 || difference(raster, from, to) > tolerance) return;
    bits[to] = 1;
    queue[used++] = to;
  };
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let done = 0; done < used; done++) {
    const at = queue[done];
    const x = at % width;
    const y = (at - x) / width;
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y + 1);
    if (x > 0) reach(at, at - 1);
    if (x < width - 1) reach(at, at + 1);
    if (y > 0) reach(at, at - width);
    if (y < height - 1) reach(at, at + width);
  }
  return { bits, rect: { left, top, right, bottom } };
}
