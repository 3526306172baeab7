import { describe, expect, it } from "vitest";

import type { ImageOut } from "@/api/types";

import { neighbours } from "./useNeighbours";

const slice = (index: number, pixels: number | null): ImageOut =>
  ({
    id: 100 + index,
    index,
    annotation: pixels === null ? null : { class_pixels: { "1": pixels } },
  }) as unknown as ImageOut;

describe("the neighbours of a slice", () => {
  const series = [slice(4, 9), slice(0, 7), slice(1, 0), slice(3, null), slice(2, null)];

  it("are the nearest by their place, whatever order they come in", () => {
    const { before, after } = neighbours(series, slice(2, null));
    expect([before?.index, after?.index]).toEqual([1, 3]);
  });

  it("to interpolate between are drawn: an empty mask is none", () => {
    const { drawn } = neighbours(series, slice(2, null));
    expect([drawn.before?.index, drawn.after?.index]).toEqual([0, 4]);
    expect(neighbours(series, slice(4, 9)).drawn.after).toBeNull();
    expect(neighbours(series, slice(0, 7)).before).toBeNull();
  });
});
