/** Whether two arrays hold the same bytes. */
export function alike(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * Label bytes as runs: each run is its value and its length, seven bits a byte, lowest first.
 *
 * A stroke across a large image packs to a few kilobytes, which is what makes 200 steps of undo cheap.
 */
export function pack(bytes: Uint8Array): Uint8Array {
  let out = new Uint8Array(64);
  let used = 0;
  for (let i = 0; i < bytes.length;) {
    const value = bytes[i];
    let end = i + 1;
    while (end < bytes.length && bytes[end] === value) end++;
    if (used + 6 > out.length) {
      const larger = new Uint8Array(out.length * 2);
      larger.set(out);
      out = larger;
    }
    out[used++] = value;
    let length = end - i;
    while (length > 127) {
      out[used++] = (length & 127) | 128;
      length >>>= 7;
    }
    out[used++] = length;
    i = end;
  }
  return out.slice(0, used);
}

/** The bytes that `pack` was given; `length` of them. */
export function unpack(packed: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < packed.length;) {
    const value = packed[i++];
    let run = 0;
    let shift = 0;
    while (packed[i] > 127) {
      run |= (packed[i++] & 127) << shift;
      shift += 7;
    }
    run |= packed[i++] << shift;
    bytes.fill(value, at, at + run);
    at += run;
  }
  return bytes;
}
