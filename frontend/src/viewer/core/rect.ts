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
