/** The charts' options from the server's numbers; plain functions of plain data. */
import type { EChartsCoreOption } from "echarts/core";

import type { Label, StatisticsOut } from "@/api/types";

const GRID = { left: 8, right: 16, top: 40, bottom: 8, containLabel: true };
const TEAL = "#12877d";
const BLUE = "#7b8fd6";

interface Bar {
  name: string;
  value: number;
}

/** Horizontal bars, the first on top. */
export function bars(rows: Bar[]): EChartsCoreOption {
  return {
    grid: { ...GRID, top: 8 },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" } },
    xAxis: { type: "value", minInterval: 1 },
    yAxis: { type: "category", inverse: true, data: rows.map((row) => row.name), axisTick: { show: false } },
    series: [
      {
        type: "bar",
        barMaxWidth: 22,
        itemStyle: { color: TEAL },
        label: { show: true, position: "right" },
        data: rows.map((row) => row.value),
      },
    ],
  };
}

/** Images holding each class, drawn by people beside drawn by networks. */
export function classBars(classes: StatisticsOut["classes"], words: { people: string; networks: string }): EChartsCoreOption {
  return {
    grid: GRID,
    legend: { top: 0, left: 0 },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" } },
    xAxis: { type: "category", data: classes.map((one) => one.name) },
    yAxis: { type: "value", minInterval: 1 },
    series: [
      { name: words.people, type: "bar", barMaxWidth: 36, itemStyle: { color: TEAL }, data: classes.map((one) => one.images) },
      {
        name: words.networks,
        type: "bar",
        barMaxWidth: 36,
        itemStyle: { color: BLUE },
        data: classes.map((one) => one.automatic_images),
      },
    ],
  };
}

export type Measure = "iou" | "dice";
type Points = StatisticsOut["learning_curve"];

/** 90 % of a normal distribution lie within so many standard errors. */
const NINETY = 1.645;

/** A vertical stroke at each point whose error is known, as one line with gaps. */
function whiskers(points: Points): [number, number | null][] {
  return points.flatMap((point) => {
    const { labels, mean_iou: mean, mean_iou_error: error } = point;
    if (mean === null || error === null) return [];
    const [low, high] = [Math.max(0, mean - NINETY * error), Math.min(1, mean + NINETY * error)];
    return [[labels, low] as [number, number], [labels, high] as [number, number], [labels, null] as [number, null]];
  });
}

/** IoU or Dice over the number of labels: the mean, its interval, and each class in its own colour. */
export function learningCurve(
  points: Points,
  labels: Label[],
  words: { mean: string; labels: string; interval: string },
  measure: Measure = "iou",
): EChartsCoreOption {
  const line = (name: string, colour: string, value: (at: number) => number | null, width: number) => ({
    name,
    type: "line",
    symbolSize: 7,
    connectNulls: true,
    color: colour,
    lineStyle: { width },
    data: points.map((point, at) => [point.labels, value(at)]),
  });
  const strokes = whiskers(points);
  return {
    grid: { ...GRID, bottom: 24 },
    legend: { top: 0, left: 0 },
    tooltip: { trigger: "axis", valueFormatter: (value: unknown) => (typeof value === "number" ? value.toFixed(3) : "–") },
    xAxis: { type: "value", name: words.labels, nameLocation: "middle", nameGap: 28, minInterval: 1, scale: true },
    yAxis: { type: "value", min: 0, max: 1 },
    series: [
      line(words.mean, TEAL, (at) => points[at]?.[`mean_${measure}`] ?? null, 3),
      ...labels.map((label) => line(label.name, label.colour, (at) => points[at]?.[measure][String(label.value)] ?? null, 1.5)),
      ...(measure === "iou" && strokes.length > 0
        ? [{ name: words.interval, type: "line", symbol: "none", color: TEAL, lineStyle: { width: 1 }, silent: true, data: strokes }]
        : []),
    ],
  };
}
