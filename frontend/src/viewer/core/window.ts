export type Pixels = Uint8Array | Uint16Array | Int16Array;

/** Centre and width in the units of the pixels (HU for CT). */
export interface Window {
  centre: number;
  width: number;
}

/**
 * One pixel value as grey 0..255, rounded half up: the LINEAR function of DICOM PS3.3 C.11.2.1.2.1.
 *
 * The server does the same (imaging/window.py); tests/golden/window.json holds both to it.
 */
export function grey(value: number, { centre, width }: Window): number {
  const middle = centre - 0.5;
  const span = width - 1;
  if (span <= 0) return value <= middle ? 0 : 255;
  const level = Math.floor(((value - middle) / span + 0.5) * 255 + 0.5);
  return Math.min(255, Math.max(0, level));
}

/** The grey of every value a pixel of this type can have; a value v stands at index v - first. */
export interface LookupTable {
  first: number;
  table: Uint8ClampedArray;
  /** the same as opaque RGBA words */
  wide: Uint32Array;
}

/** `inverted` shows dark what is bright. */
export function lookupTable(pixels: Pixels, window: Window, inverted = false): LookupTable {
  const first = pixels instanceof Int16Array ? -32768 : 0;
  const table = new Uint8ClampedArray(pixels instanceof Uint8Array ? 256 : 65536);
  // only what lies inside the window is worth computing: this runs at each step of a drag
  const at = (value: number): number => Math.min(table.length, Math.max(0, value - first));
  const from = at(Math.floor(window.centre - 0.5 - (window.width - 1) / 2));
  const to = at(Math.ceil(window.centre - 0.5 + (window.width - 1) / 2) + 1);
  for (let i = from; i < to; i++) table[i] = grey(first + i, window);
  table.fill(255, to);
  if (inverted) for (let i = 0; i < table.length; i++) table[i] ^= 255;
  const wide = new Uint32Array(table.length);
  for (let i = 0; i < table.length; i++) wide[i] = (0xff000000 | (table[i] * 0x010101)) >>> 0;
  return { first, table, wide };
}

/** Pixels (H, W) or (H, W, 3) through the lookup table into RGBA words of ImageData (little-endian). */
export function paintPixels(pixels: Pixels, channels: number, lut: LookupTable, words: Uint32Array): void {
  const { first, table, wide } = lut;
  if (channels === 1) {
    for (let i = 0; i < words.length; i++) words[i] = wide[pixels[i] - first];
    return;
  }
  for (let i = 0, p = 0; i < words.length; i++, p += 3) {
    const red = table[pixels[p] - first];
    const green = table[pixels[p + 1] - first];
    const blue = table[pixels[p + 2] - first];
    words[i] = (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
  }
}

/** The window that shows all of the image's values. */
export function fullWindow(pixels: Pixels): Window {
  if (pixels instanceof Uint8Array) return { centre: 128, width: 256 };
  let low = Infinity;
  let high = -Infinity;
  for (const value of pixels) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high > low ? { centre: (low + high + 1) / 2, width: high - low + 1 } : { centre: low, width: 2 };
}

export type CtPreset = "lung" | "mediastinum" | "bone" | "brain" | "liver" | "vessels";

/** Usual windows for CT, in HU (centre = level). */
export const CT_PRESETS: readonly (Window & { name: CtPreset })[] = [
  { name: "lung", centre: -600, width: 1500 },
  { name: "mediastinum", centre: 40, width: 400 },
  { name: "bone", centre: 400, width: 1800 },
  { name: "brain", centre: 40, width: 80 },
  { name: "liver", centre: 60, width: 160 },
  { name: "vessels", centre: 300, width: 600 },
];
