/**
 * Many files as one: a tar made of references to them, so that nothing is read or copied before it is sent.
 * The same files give the same bytes, which lets an upload of a folder go on where it was cut off.
 * Format: POSIX.1-2001 pax; ustar headers, and a pax header before names that do not fit into one.
 */
export interface Chosen {
  /** with folders, separated by slashes */
  path: string;
  file: File;
}

const BLOCK = 512;
const NAME_BYTES = 100;
/** What eleven octal digits hold; larger sizes are written in base 256. */
const MOST_OCTAL = 0o77777777777;
const text = new TextEncoder();

export function tarOf(chosen: readonly Chosen[]): Blob {
  const parts: BlobPart[] = [];
  for (const { path, file } of chosen) {
    const name = text.encode(path);
    if (name.length > NAME_BYTES || name.length !== path.length) parts.push(...paxHeader(path));
    parts.push(header(name.slice(0, NAME_BYTES), file.size, "0"), file, padding(file.size));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return new Blob(parts, { type: "application/x-tar" });
}

function paxHeader(path: string): BlobPart[] {
  const rest = text.encode(` path=${path}\n`).length;
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  const record = text.encode(`${String(length)} path=${path}\n`);
  return [header(text.encode("pax"), record.length, "x"), record, padding(record.length)];
}

function padding(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

function header(name: Uint8Array, size: number, kind: string): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, value: string): void => block.set(text.encode(value), at);
  block.set(name, 0);
  put(100, "0000644\0" + "0000000\0" + "0000000\0");
  if (size <= MOST_OCTAL) put(124, `${size.toString(8).padStart(11, "0")}\0`);
  else {
    block[124] = 0x80;
    for (let at = 135, rest = size; rest > 0; at--, rest = Math.floor(rest / 256)) block[at] = rest % 256;
  }
  put(136, "00000000000\0        "); // no time; spaces where the checksum will be
  put(156, kind);
  put(257, "ustar\x0000");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}
