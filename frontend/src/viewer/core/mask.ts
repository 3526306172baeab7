import { NOTHING, isEmpty, union, type Rect } from "./rect";
import type { Gate } from "./values";

/** Which present labels may be painted over: 1 yes, 0 no. Hidden classes are kept from harm this way. */
export type Writable = Uint8Array;

export const ALL_WRITABLE: Writable = new Uint8Array(256).fill(1);

/**
 * A label map: one class value per pixel, rows first, 0 is background.
 *
 * Writers return the rectangle they changed, so that drawing, undo and saving touch no more than that.
 */
export class Mask {
  readonly data: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
    data?: Uint8Array,
  ) {
    if (data && data.length !== width * height) {
      throw new RangeError(
        `A mask of ${width} x ${height} needs ${width * height} bytes, not ${data.length}.`,
      );
    }
    this.data = data ?? new Uint8Array(width * height);
  }

  get whole(): Rect {
    return { left: 0, top: 0, right: this.width, bottom: this.height };
  }

  /** The class at a pixel; 0 outside. */
  at(x: number, y: number): number {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return 0;
    return this.data[y * this.width + x];
  }

  /** Paints the pixels x0 <= x < x1 of row y, cut to the mask and to what the gate lets through. Returns what changed. */
  paintRow(
    y: number,
    x0: number,
    x1: number,
    value: number,
    writable: Writable = ALL_WRITABLE,
    gate: Gate | null = null,
  ): Rect {
    if (y < 0 || y >= this.height) return NOTHING;
    const start = Math.max(0, x0);
    const end = Math.min(this.width, x1);
    const row = y * this.width;
    let first = -1;
    let last = -1;
    for (let x = start; x < end; x++) {
      const old = this.data[row + x];
      if (old === value || writable[old] === 0) continue;
      if (gate && !(gate.values[row + x] >= gate.low && gate.values[row + x] <= gate.high)) continue;
      this.data[row + x] = value;
      if (first < 0) first = x;
      last = x;
    }
    return first < 0 ? NOTHING : { left: first, top: y, right: last + 1, bottom: y + 1 };
  }

  /** Paints the pixels of a rectangle whose bit is set; `bits` holds that rectangle, rows first. Returns what changed. */
  paintBits(bits: Uint8Array, rect: Rect, value: number, writable: Writable = ALL_WRITABLE): Rect {
    if (isEmpty(rect)) return NOTHING;
    const width = rect.right - rect.left;
    let changed = NOTHING;
    for (let y = rect.top, i = 0; y < rect.bottom; y++) {
      const row = y * this.width + rect.left;
      let first = -1;
      let last = -1;
      for (let x = 0; x < width; x++, i++) {
        if (bits[i] === 0) continue;
        const old = this.data[row + x];
        if (old === value || writable[old] === 0) continue;
        this.data[row + x] = value;
        if (first < 0) first = x;
        last = x;
      }
      if (first >= 0)
        changed = union(changed, { left: rect.left + first, top: y, right: rect.left + last + 1, bottom: y + 1 });
    }
    return changed;
  }

  /** The smallest rectangle that holds every pixel of a class, grown by some pixels and cut to the mask. */
  boxOf(value: number, margin = 0): Rect {
    const { data, width, height } = this;
    let box = NOTHING;
    for (let y = 0; y < height; y++) {
      const row = data.subarray(y * width, (y + 1) * width);
      const first = row.indexOf(value);
      if (first >= 0) box = union(box, { left: first, top: y, right: row.lastIndexOf(value) + 1, bottom: y + 1 });
    }
    if (isEmpty(box)) return NOTHING;
    return {
      left: Math.max(0, box.left - margin),
      top: Math.max(0, box.top - margin),
      right: Math.min(width, box.right + margin),
      bottom: Math.min(height, box.bottom + margin),
    };
  }

  /** Where a rectangle holds a class: 1 or 0 for each of its pixels, rows first. */
  bitsOf(value: number, rect: Rect): Uint8Array {
    const bits = this.crop(rect);
    for (let i = 0; i < bits.length; i++) bits[i] = bits[i] === value ? 1 : 0;
    return bits;
  }

  /** Takes over another label map of the same size. Returns what changed. */
  replace(data: Uint8Array): Rect {
    if (data.length !== this.data.length) {
      throw new RangeError(`The label map has ${data.length} pixels, the image ${this.data.length}.`);
    }
    let changed = NOTHING;
    for (let y = 0; y < this.height; y++) {
      const row = y * this.width;
      let first = -1;
      let last = -1;
      for (let x = 0; x < this.width; x++) {
        if (this.data[row + x] === data[row + x]) continue;
        if (first < 0) first = x;
        last = x;
      }
      if (first >= 0) changed = union(changed, { left: first, top: y, right: last + 1, bottom: y + 1 });
    }
    this.data.set(data);
    return changed;
  }

  /** The bytes of a rectangle inside the mask, rows first. */
  crop(rect: Rect): Uint8Array {
    const width = rect.right - rect.left;
    const bytes = new Uint8Array(width * (rect.bottom - rect.top));
    for (let y = rect.top; y < rect.bottom; y++) {
      const start = y * this.width + rect.left;
      bytes.set(this.data.subarray(start, start + width), (y - rect.top) * width);
    }
    return bytes;
  }

  /** Puts bytes made by `crop` back. */
  paste(rect: Rect, bytes: Uint8Array): void {
    const width = rect.right - rect.left;
    for (let y = rect.top; y < rect.bottom; y++) {
      const start = (y - rect.top) * width;
      this.data.set(bytes.subarray(start, start + width), y * this.width + rect.left);
    }
  }

  /** How many pixels each class value has; background included. */
  count(): Uint32Array {
    const counts = new Uint32Array(256);
    for (const value of this.data) counts[value]++;
    return counts;
  }
}
