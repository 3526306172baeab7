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

/** IoU over the number of labels: the mean, and each class in its own colour. */
export function learningCurve(
  points: StatisticsOut["learning_curve"],
  labels: Label[],
  words: { mean: string; labels: string },
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
  return {
    grid: { ...GRID, bottom: 24 },
    legend: { top: 0, left: 0 },
    tooltip: { trigger: "axis", valueFormatter: (value: unknown) => (typeof value === "number" ? value.toFixed(3) : "–") },
    xAxis: { type: "value", name: words.labels, nameLocation: "middle", nameGap: 28, minInterval: 1, scale: true },
    yAxis: { type: "value", min: 0, max: 1 },
    series: [
      line(words.mean, TEAL, (at) => points[at]?.mean_iou ?? null, 3),
      ...labels.map((label) => line(label.name, label.colour, (at) => points[at]?.iou[String(label.value)] ?? null, 1.5)),
    ],
  };
}
