import type { Point } from "./core/brush";
import { firstState, type Tool } from "./types";
import type { Surface } from "./useViewer";

/** Writes down what it is asked to do; the real surface needs a canvas, which jsdom has not. */
export function recorder(tool: Tool) {
  const calls: string[] = [];
  const at = ({ x, y }: Point): string => `${String(x)},${String(y)}`;
  const state = { ...firstState(), ready: true, tool, view: { x: 10, y: 20, scale: 2 } };
  state.labels = [
    { value: 1, name: "a", colour: "#ff0000" },
    { value: 5, name: "b", colour: "#00ff00" },
  ];
  state.picture = {
    id: 1,
    width: 100,
    height: 80,
    channels: 1,
    pixels: new Uint8Array(8000),
    window: { centre: 128, width: 256 },
    spacing: null,
    unit: "",
    series: null,
    place: null,
  };
  const surface = {
    state,
    strokeBegin: (point: Point, erase: boolean) => calls.push(`begin ${at(point)}${erase ? " erase" : ""}`),
    strokeTo: (point: Point) => calls.push(`to ${at(point)}`),
    strokeEnd: () => calls.push("end"),
    fillAt: (point: Point) => calls.push(`fill ${at(point)}`),
    addCorner: (point: Point) => {
      state.polygon = [...state.polygon, point];
    },
    closePolygon: () => {
      calls.push(`close ${String(state.polygon.length)}`);
      state.polygon = [];
    },
    dropPolygon: () => calls.push("drop"),
    undo: () => calls.push("undo"),
    redo: () => calls.push("redo"),
    chooseTool: (name: Tool) => calls.push(name),
    chooseClass: (value: number) => calls.push(`class ${String(value)}`),
    resizeBrush: (factor: number) => calls.push(factor > 1 ? "larger" : "smaller"),
    setWindow: ({ centre, width }: { centre: number; width: number }) =>
      calls.push(`window ${String(centre)} ${String(width)}`),
    look: (view: typeof state.view) => (state.view = view),
    readAt: () => undefined,
    wireTo: () => undefined,
    addAnchor: (point: Point) => calls.push(`anchor ${at(point)}`),
    regionBegin: (point: Point) => calls.push(`region ${at(point)}`),
    regionDrag: () => undefined,
    regionEnd: () => calls.push("region end"),
    pickBegin: (point: Point) => calls.push(`pick ${at(point)}`),
    pickTo: (point: Point) => calls.push(`pick to ${at(point)}`),
    pickEnd: () => calls.push("pick end"),
    invert: () => calls.push("invert"),
    choosePreset: (name: string) => calls.push(`preset ${name}`),
    rulerBegin: (point: Point) => {
      state.rulers = [...state.rulers, { image: 1, from: point, to: point, spacing: null }];
      calls.push(`ruler ${at(point)}`);
    },
    rulerTo: (point: Point) => calls.push(`ruler to ${at(point)}`),
    dropRulers: () => calls.push("no rulers") > 0,
  };
  return { calls, state, surface: surface as unknown as Surface };
}
