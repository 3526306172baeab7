/** A rectangle of whole pixels; `right` and `bottom` lie just outside. Empty where right <= left or bottom <= top. */
export interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export const NOTHING: Rect = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };

export function isEmpty(rect: Rect): boolean {
  return !(rect.right > rect.left && rect.bottom > rect.top);
}

/** The smallest rectangle that holds both. */
export function union(a: Rect, b: Rect): Rect {
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

/** One pixel more on each side, cut to a picture of this size. */
export function widened(rect: Rect, width: number, height: number): Rect {
  return {
    left: Math.max(0, rect.left - 1),
    top: Math.max(0, rect.top - 1),
    right: Math.min(width, rect.right + 1),
    bottom: Math.min(height, rect.bottom + 1),
  };
}
