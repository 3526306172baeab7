import { describe, expect, it } from "vitest";

import { bars, classBars, learningCurve } from "./options";

interface Series {
  name: string;
  color: string;
  data: unknown[];
}
const series = (option: object): Series[] => (option as { series: Series[] }).series;

const LABELS = [
  { value: 1, name: "a", colour: "#111111", code: "" },
  { value: 2, name: "b", colour: "#222222", code: "" },
];
const WORDS = { mean: "mean", labels: "labels", interval: "interval" };
const point = { mean_iou_error: null, measured_on: "out-of-bag", test_mean_iou: null, images: 7 };
const POINTS = [
  {
    ...point,
    ...{ network: 1, number: 1, labels: 8, mean_iou: 0.2, mean_dice: 0.3 },
    ...{ iou: { "1": 0.2, "2": null }, dice: { "1": 0.3, "2": null } },
  },
  {
    ...point,
    ...{ network: 2, number: 2, labels: 16, mean_iou: 0.4, mean_dice: 0.5, mean_iou_error: 0.3 },
    ...{ iou: { "1": 0.5, "2": 0.3 }, dice: { "1": 0.6, "2": 0.4 } },
  },
];

describe("the charts", () => {
  it("draw one line a class over the labels, and leave a gap where a class was never measured", () => {
    const option = learningCurve(POINTS, LABELS, WORDS);
    expect(series(option).map((one) => one.name)).toEqual(["mean", "a", "b", "interval"]);
    expect(series(option)[2]?.color).toBe("#222222");
    expect(series(option)[2]?.data).toEqual([
      [8, null],
      [16, 0.3],
    ]);
  });

  it("draw the interval where the error is known, and never beyond 0 to 1", () => {
    const [, , , interval] = series(learningCurve(POINTS, LABELS, WORDS));
    const [low, high, gap, ...more] = interval?.data as [number, number | null][];
    expect([low?.[0], low?.[1], high?.[0], gap]).toEqual([16, 0, 16, [16, null]]);
    expect(high?.[1]).toBeCloseTo(0.4 + 0.49, 2);
    expect(more).toEqual([]);
  });

  it("draw Dice instead, without an interval that belongs to the IoU", () => {
    const option = learningCurve(POINTS, LABELS, WORDS, "dice");
    expect(series(option).map((one) => one.data)).toEqual([
      [
        [8, 0.3],
        [16, 0.5],
      ],
      [
        [8, 0.3],
        [16, 0.6],
      ],
      [
        [8, null],
        [16, 0.4],
      ],
    ]);
  });

  it("set people's and networks' images side by side", () => {
    const option = classBars(
      [{ value: 1, name: "a", images: 3, pixels: 9, automatic_images: 5, automatic_pixels: 7 }],
      { people: "p", networks: "n" },
    );
    expect(series(option).map((one) => one.data)).toEqual([[3], [5]]);
  });

  it("keep the order of the bars", () => {
    const option = bars([
      { name: "x", value: 2 },
      { name: "y", value: 1 },
    ]);
    expect(series(option)[0]?.data).toEqual([2, 1]);
  });
});
