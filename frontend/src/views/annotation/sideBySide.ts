/** Pictures of one image with two masks, to be compared side by side. */
import type { Label, Picture, Window } from "@/viewer";

/** A rectangle of the image that is shown. */
export interface Part {
  left: number;
  top: number;
  width: number;
  height: number;
}

const OPACITY = 0.5;
/** drawn around what differs */
const MARK = [255, 212, 59] as const;
const LEAST = 64;

/** How many pixels differ, and the square-ish part of the image around them with some of its surroundings. */
export function difference(
  mine: Uint8Array,
  theirs: Uint8Array,
  { width, height }: { width: number; height: number },
): { pixels: number; part: Part } {
  let pixels = 0;
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let i = 0; i < mine.length; i++) {
    if (mine[i] === theirs[i]) continue;
    pixels++;
    const x = i % width;
    const y = (i - x) / width;
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x), Math.max(bottom, y)];
  }
  if (pixels === 0) return { pixels, part: { left: 0, top: 0, width, height } };
  const side = Math.max(LEAST, 1.5 * (right - left + 1), 1.5 * (bottom - top + 1));
  const span = (from: number, to: number, most: number): [number, number] => {
    const length = Math.min(most, Math.ceil(side));
    const start = Math.round((from + to + 1 - length) / 2);
    return [Math.max(0, Math.min(most - length, start)), length];
  };
  const [x, columns] = span(left, right, width);
  const [y, rows] = span(top, bottom, height);
  return { pixels, part: { left: x, top: y, width: columns, height: rows } };
}

function colourTable(labels: readonly Label[]): Map<number, readonly number[]> {
  const channels = (hex: string): number[] => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return new Map(labels.map(({ value, colour }) => [value, channels(colour)]));
}

export interface Shown {
  picture: Picture;
  window: Window;
  labels: readonly Label[];
  mask: Uint8Array;
  /** the other mask: a line is drawn around what differs from it; null for no line */
  against: Uint8Array | null;
  part: Part;
}

/** Whether a pixel differs and one beside it does not: the line around what differs. */
function onBorder(mask: Uint8Array, against: Uint8Array, at: number, width: number): boolean {
  if (mask[at] === against[at]) return false;
  const x = at % width;
  const beside = [at - width, at + width, ...(x > 0 ? [at - 1] : []), ...(x < width - 1 ? [at + 1] : [])];
  return beside.some((one) => one >= 0 && one < mask.length && mask[one] === against[one]);
}

/** The part of an image as RGBA, its mask laid over it in the colours of its classes. */
export function paint({ picture, window, labels, mask, against, part }: Shown): ImageData {
  const { pixels, channels, width } = picture;
  const colours = colourTable(labels);
  const data = new ImageData(part.width, part.height);
  const low = window.centre - window.width / 2;
  for (let i = 0; i < part.width * part.height; i++) {
    const column = i % part.width;
    const at = (part.top + (i - column) / part.width) * width + part.left + column;
    const marked = against !== null && onBorder(mask, against, at, width);
    const over = marked ? MARK : colours.get(mask[at]);
    const opacity = marked ? 1 : OPACITY;
    for (let channel = 0; channel < 3; channel++) {
      const value = Number(pixels[at * channels + (channels === 3 ? channel : 0)]);
      const grey = Math.min(255, Math.max(0, ((value - low) * 255) / window.width));
      data.data[4 * i + channel] = over ? grey * (1 - opacity) + over[channel] * opacity : grey;
    }
    data.data[4 * i + 3] = 255;
  }
  return data;
}
