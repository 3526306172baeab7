/** Two-valued pictures: 1 where a pixel belongs, 0 where not; (H, W), rows first. */
export type Bits = Uint8Array;

/** Set pixels become clear, clear ones set. */
export function inverted(bits: Bits): Bits {
  const out = new Uint8Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = bits[i] ^ 1;
  return out;
}

/** Rows to the nearest set pixel above or below in the same column; `far` at most. */
function columnDistance(bits: Bits, width: number, height: number, far: number): Int32Array {
  const distance = new Int32Array(bits.length);
  for (let x = 0; x < width; x++) distance[x] = bits[x] ? 0 : far;
  for (let i = width; i < bits.length; i++) {
    const above = distance[i - width];
    distance[i] = bits[i] ? 0 : above < far ? above + 1 : far;
  }
  for (let i = (height - 1) * width - 1; i >= 0; i--) {
    const below = distance[i + width] + 1;
    if (below < distance[i]) distance[i] = below;
  }
  return distance;
}

/**
 * The set pixels and all within `reach` pixels (Euclidean, middle to middle) of one.
 *
 * reach : whole pixels, 0 or more
 */
export function dilate(bits: Bits, width: number, height: number, reach: number): Bits {
  const rows = columnDistance(bits, width, height, reach + 1);
  const half = Int32Array.from({ length: reach + 1 }, (_, dy) => Math.floor(Math.sqrt(reach * reach - dy * dy)));
  const out = new Uint8Array(bits.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let end = -1;
    for (let x = 0; x < width; x++) {
      const dy = rows[row + x];
      if (dy <= reach) end = Math.max(end, x + half[dy]);
      if (x <= end) out[row + x] = 1;
    }
    let start = width;
    for (let x = width - 1; x >= 0; x--) {
      const dy = rows[row + x];
      if (dy <= reach) start = Math.min(start, x - half[dy]);
      if (x >= start) out[row + x] = 1;
    }
  }
  return out;
}

/**
 * Squared Euclidean distance from each pixel to the nearest set one, exact; (W + H)^2 where none is set.
 *
 * source: Meijster, Roerdink & Hesselink 2000, in whole numbers, linear in the number of pixels
 */
export function squaredDistance(bits: Bits, width: number, height: number): Int32Array {
  const far = width + height;
  const rows = columnDistance(bits, width, height, far);
  const out = new Int32Array(bits.length);
  const apex = new Int32Array(width);
  const from = new Int32Array(width);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const top = lowerEnvelope(rows, row, width, apex, from);
    for (let x = width - 1, q = top; x >= 0; x--) {
      const g = rows[row + apex[q]];
      const dx = x - apex[q];
      out[row + x] = g >= far ? far * far : dx * dx + g * g;
      if (x === from[q]) q--;
    }
  }
  return out;
}

/** Which column's parabola is lowest from where on. Returns the place of the last one. */
function lowerEnvelope(
  rows: Int32Array,
  row: number,
  width: number,
  apex: Int32Array,
  from: Int32Array,
): number {
  let q = 0;
  apex[0] = 0;
  from[0] = 0;
  for (let u = 1; u < width; u++) {
    const gu = rows[row + u];
    while (q >= 0) {
      const gi = rows[row + apex[q]];
      const a = from[q] - apex[q];
      const b = from[q] - u;
      if (a * a + gi * gi <= b * b + gu * gu) break;
      q--;
    }
    if (q < 0) {
      q = 0;
      apex[0] = u;
      continue;
    }
    const i = apex[q];
    const gi = rows[row + i];
    const next = 1 + Math.floor((u * u - i * i + gu * gu - gi * gi) / (2 * (u - i)));
    if (next >= width) continue;
    q++;
    apex[q] = u;
    from[q] = next;
  }
  return q;
}

/** Pixels to the nearest one outside (positive, for those inside) or inside (negative, for those outside). */
export function signedDistance(bits: Bits, width: number, height: number): Float64Array {
  const outside = squaredDistance(bits, width, height);
  const inside = squaredDistance(inverted(bits), width, height);
  const out = new Float64Array(bits.length);
  for (let i = 0; i < out.length; i++) out[i] = bits[i] ? Math.sqrt(inside[i]) : -Math.sqrt(outside[i]);
  return out;
}
