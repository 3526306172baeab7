import type { Pixels } from "./window";

/** Pixels (H, W) or (H, W, 3) with their shape. */
export interface Raster {
  pixels: Pixels;
  width: number;
  height: number;
  channels: number;
}

/** A range of pixel values in the image's units, both ends included. */
export interface Range {
  low: number;
  high: number;
}

/** Lets paint through only where the value lies in a range. */
export interface Gate extends Range {
  /** (H, W) */
  values: Pixels;
}

/** One value for each pixel: the pixel itself, or the mean of its three channels, rounded. */
export function greyValues({ pixels, channels, width, height }: Raster): Pixels {
  if (channels === 1) return pixels;
  const values = new (pixels.constructor as new (length: number) => Pixels)(width * height);
  for (let i = 0, p = 0; i < values.length; i++, p += channels) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += pixels[p + c];
    values[i] = Math.round(sum / channels);
  }
  return values;
}

/** The lowest and the highest value in the square of 2 * reach + 1 pixels round a pixel, cut to the image. */
export function rangeAround(values: Pixels, width: number, height: number, x: number, y: number, reach: number): Range {
  const range = { low: Infinity, high: -Infinity };
  for (let row = Math.max(0, y - reach); row <= Math.min(height - 1, y + reach); row++)
    for (let column = Math.max(0, x - reach); column <= Math.min(width - 1, x + reach); column++) {
      const value = values[row * width + column];
      range.low = Math.min(range.low, value);
      range.high = Math.max(range.high, value);
    }
  return range;
}
