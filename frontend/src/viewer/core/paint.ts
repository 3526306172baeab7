import type { Palette } from "./colours";
import type { Mask } from "./mask";
import type { Rect } from "./rect";

/** The colours of a rectangle of the mask, into RGBA words, rows first. */
export function paintLabels(mask: Mask, rect: Rect, palette: Palette, words: Uint32Array): void {
  let i = 0;
  for (let y = rect.top; y < rect.bottom; y++) {
    const row = y * mask.width;
    for (let x = rect.left; x < rect.right; x++) words[i++] = palette[mask.data[row + x]];
  }
}

/** The same for the pixels alone that have a side in common with another label or with the border of the image. */
export function paintEdges(mask: Mask, rect: Rect, palette: Palette, words: Uint32Array): void {
  const { data, width, height } = mask;
  let i = 0;
  for (let y = rect.top; y < rect.bottom; y++) {
    for (let x = rect.left; x < rect.right; x++, i++) {
      const at = y * width + x;
      const label = data[at];
      const inner =
        x > 0 &&
        y > 0 &&
        x < width - 1 &&
        y < height - 1 &&
        data[at - 1] === label &&
        data[at + 1] === label &&
        data[at - width] === label &&
        data[at + width] === label;
      words[i] = inner ? 0 : palette[label];
    }
  }
}
