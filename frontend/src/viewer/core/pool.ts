import type { Pixels } from "./window";

/** An image at half, a quarter … of its size: (rows, columns) or (rows, columns, channels), edges left over are cut off. */
export interface Pooled {
  pixels: Pixels;
  width: number;
  height: number;
}

/**
 * How many pixels of the image, in both directions, go into one of what is drawn: a power of two that leaves at least as
 * many as the screen shows.
 *
 * scale: pixels of the device for one of the image
 */
export function poolingFor(scale: number, width: number, height: number): number {
  let step = 1;
  while (step * 2 * scale <= 1 && step * 2 <= Math.min(width, height)) step *= 2;
  return step;
}

/**
 * Means of step x step pixels, rounded. Windowing these instead of all pixels takes a quarter of the time, a sixteenth …
 */
export function pool(image: Pooled, channels: number, step: number): Pooled {
  let pooled = image;
  for (let done = 1; done < step; done *= 2) pooled = halved(pooled, channels);
  return pooled;
}

function halved({ pixels, width, height }: Pooled, channels: number): Pooled {
  const [columns, rows] = [width >> 1, height >> 1];
  const kind = pixels.constructor as new (length: number) => Pixels;
  const out = new kind(columns * rows * channels);
  const line = width * channels;
  let to = 0;
  if (channels === 1) {
    for (let y = 0; y < rows; y++) {
      let from = 2 * y * line;
      for (let x = 0; x < columns; x++, from += 2) {
        const sum = pixels[from] + pixels[from + 1] + pixels[from + line] + pixels[from + line + 1];
        out[to++] = (sum + 2) >> 2;
      }
    }
    return { pixels: out, width: columns, height: rows };
  }
  for (let y = 0; y < rows; y++) {
    let from = 2 * y * line;
    for (let x = 0; x < columns; x++, from += channels) {
      for (let c = 0; c < channels; c++, from++) {
        const sum = pixels[from] + pixels[from + channels] + pixels[from + line] + pixels[from + line + channels];
        out[to++] = (sum + 2) >> 2;
      }
    }
  }
  return { pixels: out, width: columns, height: rows };
}
