/** Regions of a picture to blank: [left, top, width, height] in its pixels. */
export type Region = [left: number, top: number, width: number, height: number];

export interface Point {
  x: number;
  y: number;
}

/** The whole pixels that a rectangle drawn from one corner to the other touches, inside the picture; null for none. */
export function regionBetween(from: Point, to: Point, size: { width: number; height: number }): Region | null {
  const left = Math.max(0, Math.floor(Math.min(from.x, to.x)));
  const top = Math.max(0, Math.floor(Math.min(from.y, to.y)));
  const right = Math.min(size.width, Math.ceil(Math.max(from.x, to.x)));
  const bottom = Math.min(size.height, Math.ceil(Math.max(from.y, to.y)));
  return right > left && bottom > top ? [left, top, right - left, bottom - top] : null;
}

/** Where a pointer is, in pixels of the picture that fills `frame` on the screen. */
export function pixelAt(
  pointer: { clientX: number; clientY: number },
  frame: { left: number; top: number; width: number; height: number },
  size: { width: number; height: number },
): Point {
  return {
    x: ((pointer.clientX - frame.left) / frame.width) * size.width,
    y: ((pointer.clientY - frame.top) / frame.height) * size.height,
  };
}
