/** One IEEE 754 half-precision number. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * Uncertainties (float16 words) as steps 0..255 of the heat palette, scaled to the largest of this image.
 *
 * Values that are not finite or not positive count as 0.
 */
export function heatSteps(halves: Uint16Array): { steps: Uint8Array; largest: number } {
  const values = Float32Array.from(halves, (bits) => {
    const value = halfToNumber(bits);
    return Number.isFinite(value) && value > 0 ? value : 0;
  });
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  const steps = new Uint8Array(values.length);
  if (largest > 0) values.forEach((value, i) => (steps[i] = Math.round((value / largest) * 255)));
  return { steps, largest };
}
