/** Colours as one 32-bit word each, 0xAABBGGRR: what ImageData holds on little-endian machines. */
export type Palette = Uint32Array;

export interface Label {
  value: number;
  name: string;
  colour: string;
}

export function parseColour(hex: string): [number, number, number] {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  if (!match) throw new RangeError(`"${hex}" is not a colour like #12ab9f.`);
  return [parseInt(match[1], 16), parseInt(match[2], 16), parseInt(match[3], 16)];
}

export function word(red: number, green: number, blue: number, alpha: number): number {
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/**
 * The colour of each class value; background and hidden classes are clear.
 *
 * A value the project has no class for (a class that was removed) shows in white: what is in the mask is never unseen.
 */
export function maskPalette(labels: readonly Label[], hidden: ReadonlySet<number>): Palette {
  const palette = new Uint32Array(256).fill(word(255, 255, 255, 255));
  palette[0] = 0;
  for (const { value, colour } of labels) palette[value] = word(...parseColour(colour), 255);
  for (const value of hidden) palette[value] = 0;
  return palette;
}

/** Black through violet and orange to pale yellow, of even steps in lightness. */
const HEAT: readonly [number, number, number][] = [
  [0, 0, 4],
  [66, 10, 104],
  [147, 38, 103],
  [221, 81, 58],
  [252, 165, 10],
  [252, 255, 164],
];

/** 256 steps of heat; the coldest are clear, so that the image stays visible where the network is sure. */
export function heatPalette(): Palette {
  const palette = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (HEAT.length - 1);
    const low = HEAT[Math.min(HEAT.length - 2, Math.floor(at))];
    const high = HEAT[Math.min(HEAT.length - 1, Math.floor(at) + 1)];
    const part = at - Math.min(HEAT.length - 2, Math.floor(at));
    const mix = (channel: 0 | 1 | 2): number =>
      Math.round(low[channel] + (high[channel] - low[channel]) * part);
    const alpha = Math.round(255 * Math.min(1, i / 96));
    palette[i] = word(mix(0), mix(1), mix(2), alpha);
  }
  return palette;
}
