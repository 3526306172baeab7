import type { Point } from "./core/brush";
import { foreground, histogramOf, windowOfParts } from "./core/histogram";
import type { View } from "./core/view";
import { CT_PRESETS, fullWindow, type Pixels, type Window } from "./core/window";
import type { Scene } from "./scene";
import type { NamedWindow, PartPreset, Peek, Picture, Preset, Ruler, ViewerState } from "./types";

export const PART_PRESETS: readonly PartPreset[] = ["most", "middle", "tissue"];

/** Presets for what has no fixed units, from the image's own values. */
function windowOfPart(pixels: Pixels, preset: PartPreset): Window {
  const histogram = histogramOf(pixels, 1024);
  if (preset === "tissue") return windowOfParts(foreground(histogram), 0.01, 0.99);
  return preset === "most" ? windowOfParts(histogram, 0.01, 0.99) : windowOfParts(histogram, 0.1, 0.9);
}

/** The part of the surface that only looks: window, view, what is under the pointer, neighbours and rulers. */
export function useLooking(state: ViewerState, scene: () => Scene | null) {
  const shown = (): Picture | null => state.peek?.picture ?? state.picture;

  /** A new image: rulers and neighbours of the last are gone. Called before the state names it. */
  function begin(picture: Picture): void {
    const before = state.picture;
    Object.assign(state, { peek: null, windows: [] });
    if (before?.series !== picture.series || picture.series === null) state.rulers = [];
    const sameSeries = before !== null && picture.series !== null && before.series === picture.series;
    if (sameSeries) scene()?.markWindow();
    else keepWindow(picture);
  }

  /** A window chosen for HU stays while the images are in HU, and any within a series; else each image starts with its own. */
  function keepWindow(picture: Picture): void {
    if (state.preset === "full") setWindow(fullWindow(picture.pixels), "full");
    else if (state.preset.startsWith("file") || picture.unit !== "HU") setWindow(picture.window, "file");
    else scene()?.markWindow();
  }

  function setWindow(window: Window, preset: Preset = "custom"): void {
    state.window = { centre: window.centre, width: Math.max(1, window.width) };
    state.preset = preset;
    scene()?.markWindow();
  }

  /** The window a preset stands for; null when this image has no such preset. */
  function windowOf(preset: Preset): Window | null {
    const picture = shown();
    if (!picture) return null;
    if (preset === "full") return fullWindow(picture.pixels);
    if (preset === "file") return picture.window;
    if (preset.startsWith("file-")) return state.windows.at(Number(preset.slice(5))) ?? null;
    const part = PART_PRESETS.find((name) => name === preset);
    return part ? windowOfPart(picture.pixels, part) : (CT_PRESETS.find(({ name }) => name === preset) ?? null);
  }

  function choosePreset(preset: Preset): void {
    const window = windowOf(preset);
    if (window) setWindow(window, preset);
  }

  /** The windows that the open image's file names; the first is the one the image has. */
  function setWindows(windows: readonly NamedWindow[]): void {
    state.windows = windows;
  }

  function invert(): void {
    state.inverted = !state.inverted;
    scene()?.markWindow();
  }

  /** Shows a neighbour of the open image, with its mask, to look at only; null for the open image again. */
  function peek(to: Peek | null): void {
    if (!to && !state.peek) return;
    state.peek = to?.picture === state.picture ? null : to;
    scene()?.lookAt(state.peek);
    state.pointer = null;
  }

  /** The image point under the pointer, and what is there; null outside the image. */
  function readAt(point: Point | null): void {
    const picture = shown();
    const x = Math.floor(point?.x ?? -1);
    const y = Math.floor(point?.y ?? -1);
    if (!picture || x < 0 || y < 0 || x >= picture.width || y >= picture.height) {
      state.pointer = null;
      return;
    }
    const at = (y * picture.width + x) * picture.channels;
    state.pointer = { x, y, values: [...picture.pixels.subarray(at, at + picture.channels)] };
  }

  function rulerBegin(point: Point): void {
    const picture = shown();
    if (!picture) return;
    const ruler: Ruler = { image: picture.id, from: point, to: point, spacing: picture.spacing };
    state.rulers = [...state.rulers, ruler];
  }

  /** Moves the end of the newest ruler. */
  function rulerTo(point: Point): void {
    const last = state.rulers.at(-1);
    if (last) state.rulers = [...state.rulers.slice(0, -1), { ...last, to: point }];
  }

  /** Takes the newest ruler away, or all. Returns whether there was any. */
  function dropRulers({ all = false } = {}): boolean {
    if (state.rulers.length === 0) return false;
    state.rulers = all ? [] : state.rulers.slice(0, -1);
    return true;
  }

  return {
    begin,
    peek,
    end: (): void => void Object.assign(state, { peek: null, rulers: [], windows: [] }),
    actions: {
      ...{ setWindow, choosePreset, setWindows, invert, peek, readAt, rulerBegin, rulerTo, dropRulers },
      look: (view: View): void => void (state.view = view),
    },
  };
}
