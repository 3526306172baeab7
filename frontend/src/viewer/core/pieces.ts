import { inverted, type Bits } from "./distance";

/**
 * Visits each connected piece of the set pixels, with the places of all its pixels.
 *
 * corners : whether pixels that touch at a corner only belong together
 */
export function eachPiece(
  bits: Bits,
  width: number,
  height: number,
  corners: boolean,
  visit: (pixels: Int32Array, atBorder: boolean) => void,
): void {
  const left = bits.slice();
  const queue = new Int32Array(bits.length);
  for (let start = 0; start < left.length; start++) {
    if (left[start] === 0) continue;
    let used = 0;
    let atBorder = false;
    left[start] = 0;
    queue[used++] = start;
    for (let done = 0; done < used; done++) {
      const at = queue[done];
      const x = at % width;
      const y = (at - x) / width;
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) atBorder = true;
      const y0 = y > 0 ? -width : 0;
      const y1 = y < height - 1 ? width : 0;
      const x0 = x > 0 ? -1 : 0;
      const x1 = x < width - 1 ? 1 : 0;
      for (let dy = y0; dy <= y1; dy += width)
        for (let dx = x0; dx <= x1; dx++) {
          const next = at + dy + dx;
          if (left[next] === 0 || (!corners && dx !== 0 && dy !== 0)) continue;
          left[next] = 0;
          queue[used++] = next;
        }
    }
    visit(queue.subarray(0, used), atBorder);
  }
}

/** The clear pixels that no way by sides leads from to the border of the picture. */
export function holesIn(bits: Bits, width: number, height: number): Bits {
  const holes = new Uint8Array(bits.length);
  eachPiece(inverted(bits), width, height, false, (pixels, atBorder) => {
    if (!atBorder) for (const at of pixels) holes[at] = 1;
  });
  return holes;
}

/** The pieces of fewer than `size` pixels; pixels that touch at a corner belong together. */
export function islandsIn(bits: Bits, width: number, height: number, size: number): Bits {
  const islands = new Uint8Array(bits.length);
  eachPiece(bits, width, height, true, (pixels) => {
    if (pixels.length < size) for (const at of pixels) islands[at] = 1;
  });
  return islands;
}

/**
 * Where more than half of the pixels within `reach` (Euclidean) are set; pixels outside the picture do not count.
 */
export function majority(bits: Bits, width: number, height: number, reach: number): Bits {
  const sums = new Int32Array((width + 1) * height);
  for (let y = 0; y < height; y++)
    for (let x = 0, row = y * (width + 1); x < width; x++)
      sums[row + x + 1] = sums[row + x] + bits[y * width + x];
  const out = new Uint8Array(bits.length);
  const set = new Int32Array(width);
  const all = new Int32Array(width);
  for (let y = 0; y < height; y++) {
    set.fill(0);
    all.fill(0);
    for (let dy = -Math.min(reach, y); dy <= Math.min(reach, height - 1 - y); dy++) {
      const half = Math.floor(Math.sqrt(reach * reach - dy * dy));
      const row = (y + dy) * (width + 1);
      for (let x = 0; x < width; x++) {
        const x0 = x > half ? x - half : 0;
        const x1 = x + half < width ? x + half + 1 : width;
        set[x] += sums[row + x1] - sums[row + x0];
        all[x] += x1 - x0;
      }
    }
    for (let x = 0; x < width; x++) out[y * width + x] = 2 * set[x] > all[x] ? 1 : 0;
  }
  return out;
}
