/** The edges of one class as line segments, four numbers each: x0 y0 x1 y1 in image pixels. */
export type Segments = Int32Array;

/**
 * The borders of every class in a label map: where a pixel of it meets a pixel of anything else.
 *
 * Collinear edges that follow each other are joined. Drawn as lines they stay thin at any zoom.
 */
export function outlines(data: Uint8Array, width: number, height: number): Map<number, Segments> {
  const found = new Map<number, number[]>();
  const at = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : data[y * width + x];
  const add = (value: number, x0: number, y0: number, x1: number, y1: number): void => {
    const list = found.get(value);
    if (list) list.push(x0, y0, x1, y1);
    else found.set(value, [x0, y0, x1, y1]);
  };
  /** Walks along one grid line; `pair(i)` gives the labels on its two sides, `emit` gets each joined run. */
  const walk = (
    length: number,
    pair: (i: number) => [number, number],
    emit: (value: number, from: number, to: number) => void,
  ): void => {
    for (const side of [0, 1] as const) {
      let value = 0;
      let start = 0;
      for (let i = 0; i <= length; i++) {
        const both = i < length ? pair(i) : ([0, 0] as const);
        const now = both[0] === both[1] ? 0 : both[side];
        if (now === value) continue;
        if (value > 0) emit(value, start, i);
        value = now;
        start = i;
      }
    }
  };
  for (let y = 0; y <= height; y++) {
    walk(
      width,
      (x) => [at(x, y - 1), at(x, y)],
      (value, from, to) => add(value, from, y, to, y),
    );
  }
  for (let x = 0; x <= width; x++) {
    walk(
      height,
      (y) => [at(x - 1, y), at(x, y)],
      (value, from, to) => add(value, x, from, x, to),
    );
  }
  return new Map([...found].map(([value, list]) => [value, Int32Array.from(list)]));
}
