import { describe, expect, it } from "vitest";

import { bars, classBars, learningCurve } from "./options";

interface Series {
  name: string;
  color: string;
  data: unknown[];
}
const series = (option: object): Series[] => (option as { series: Series[] }).series;

describe("the charts", () => {
  it("draw one line a class over the labels, and leave a gap where a class was never measured", () => {
    const option = learningCurve(
      [
        { network: 1, number: 1, labels: 8, mean_iou: 0.2, mean_dice: 0.3, iou: { "1": 0.2, "2": null }, measured_on: "out-of-bag" },
        { network: 2, number: 2, labels: 16, mean_iou: 0.4, mean_dice: 0.5, iou: { "1": 0.5, "2": 0.3 }, measured_on: "out-of-bag" },
      ],
      [
        { value: 1, name: "a", colour: "#111111", code: "" },
        { value: 2, name: "b", colour: "#222222", code: "" },
      ],
      { mean: "mean", labels: "labels" },
    );
    expect(series(option).map((one) => one.name)).toEqual(["mean", "a", "b"]);
    expect(series(option)[2]?.color).toBe("#222222");
    expect(series(option)[2]?.data).toEqual([
      [8, null],
      [16, 0.3],
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
