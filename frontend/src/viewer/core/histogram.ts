import type { Pixels, Window } from "./window";

/** How often values occur: `counts[i]` of those from `low + i * step` up to the next. */
export interface Histogram {
  low: number;
  step: number;
  counts: Uint32Array;
  total: number;
}

/** Of very large images every n-th value is enough: a picture of 64 columns does not change. */
const ENOUGH = 1 << 19;

/**
 * The values of an image in at most `bins` bins of equal, whole width; empty for an image without pixels.
 *
 * Colours count channel by channel.
 */
export function histogramOf(pixels: Pixels, bins = 128): Histogram {
  const stride = Math.max(1, Math.floor(pixels.length / ENOUGH));
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < pixels.length; i += stride) {
    if (pixels[i] < low) low = pixels[i];
    if (pixels[i] > high) high = pixels[i];
  }
  if (high < low) return { low: 0, step: 1, counts: new Uint32Array(1), total: 0 };
  const step = Math.max(1, Math.ceil((high - low + 1) / bins));
  const counts = new Uint32Array(Math.ceil((high - low + 1) / step));
  let total = 0;
  for (let i = 0; i < pixels.length; i += stride) {
    counts[Math.floor((pixels[i] - low) / step)]++;
    total++;
  }
  return { low, step, counts, total };
}

/** The value below which a part (0..1) of the histogram's values lie; straight lines within a bin. */
export function valueAt({ low, step, counts, total }: Histogram, part: number): number {
  let left = Math.min(1, Math.max(0, part)) * total;
  for (let i = 0; i < counts.length; i++) {
    if (left <= counts[i] && counts[i] > 0) return low + (i + left / counts[i]) * step;
    left -= counts[i];
  }
  return low + counts.length * step;
}

/** The window from one part of the values to another, such as 0.01 to 0.99. */
export function windowOfParts(histogram: Histogram, from: number, to: number): Window {
  const low = valueAt(histogram, from);
  const high = valueAt(histogram, to);
  return { centre: Math.round((low + high) / 2), width: Math.max(2, Math.round(high - low)) };
}

/**
 * The histogram without its background: what is not brighter than Otsu's threshold between dark and bright.
 *
 * N. Otsu, A threshold selection method from gray-level histograms, IEEE SMC 9 (1979) 62-66. The lower of the two parts of
 * an MR or an X-ray image is air; where all values are alike nothing is left out.
 */
export function foreground(histogram: Histogram): Histogram {
  const { counts, total } = histogram;
  const sum = counts.reduce((all, count, i) => all + count * i, 0);
  let [below, sumBelow, best, cut] = [0, 0, 0, 0];
  for (let i = 0; i < counts.length - 1; i++) {
    below += counts[i];
    sumBelow += counts[i] * i;
    if (below === 0 || below === total) continue;
    const gap = sumBelow / below - (sum - sumBelow) / (total - below);
    const between = below * (total - below) * gap * gap;
    if (between > best) [best, cut] = [between, i + 1];
  }
  const kept = counts.slice(cut);
  return {
    low: histogram.low + cut * histogram.step,
    step: histogram.step,
    counts: kept,
    total: kept.reduce((all, count) => all + count, 0),
  };
}
