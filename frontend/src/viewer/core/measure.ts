import type { Point } from "./brush";

/** Millimetres from row to row and from column to column; null where the image does not say. */
export type Spacing = readonly [row: number, column: number] | null;

export interface Measured {
  value: number;
  unit: "mm" | "mm²" | "px";
}

/** The straight distance between two points in image pixels: mm where the spacing is known, else pixels. */
export function lengthOf(from: Point, to: Point, spacing: Spacing): Measured {
  const [row, column] = spacing ?? [1, 1];
  return { value: Math.hypot((to.x - from.x) * column, (to.y - from.y) * row), unit: spacing ? "mm" : "px" };
}

/** The area of each class value in mm² from its pixels; null without a spacing, for pixels say it then. */
export function areaOf(counts: ArrayLike<number>, spacing: Spacing): Float64Array | null {
  if (!spacing) return null;
  return Float64Array.from(counts, (count) => count * spacing[0] * spacing[1]);
}

/** Where an image lies in the patient (DICOM PS3.3 C.7.6.2.1.1): of the first pixel's centre, x to the left, y to the back. */
export interface Place {
  origin: readonly number[];
  /** unit vectors: along a row, then along a column */
  orientation: readonly number[];
}

/** x, y, z in the patient (mm) of a point in image pixels, whose first pixel's centre is at 0.5, 0.5 (equation C.7.6.2.1-1). */
export function patientPosition(
  point: Point,
  place: Place,
  spacing: readonly [number, number],
): [number, number, number] {
  const along = (point.x - 0.5) * spacing[1];
  const down = (point.y - 0.5) * spacing[0];
  const at = (axis: number): number =>
    place.origin[axis] + place.orientation[axis] * along + place.orientation[axis + 3] * down;
  return [at(0), at(1), at(2)];
}
