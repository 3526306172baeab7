import type { Point } from "./core/brush";
import { heatPalette, maskPalette, type Label } from "./core/colours";
import { Mask } from "./core/mask";
import { outlines } from "./core/outline";
import { NOTHING, isEmpty, union, type Rect } from "./core/rect";
import type { View } from "./core/view";
import { lookupTable, paintPixels, type Window } from "./core/window";
import { drawBrush, drawOutlines, drawPolygon, type Outline } from "./overlay";
import type { Picture, ViewerState } from "./types";

/** From this zoom on the pixels of the image are shown as squares, so that single ones can be told apart. */
const SQUARES_FROM = 6;

interface Layer {
  canvas: HTMLCanvasElement;
  context: CanvasRenderingContext2D;
}

function makeLayer(width: number, height: number): Layer {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser has no Canvas 2D.");
  return { canvas, context };
}

/** Writes RGBA words into a rectangle of a layer. */
function putWords(layer: Layer, rect: Rect, fill: (words: Uint32Array) => void): void {
  const image = new ImageData(rect.right - rect.left, rect.bottom - rect.top);
  fill(new Uint32Array(image.data.buffer));
  layer.context.putImageData(image, rect.left, rect.top);
}

/**
 * Three layers in image pixels: the image through its lookup table, the heat map, the mask.
 *
 * Changes only mark what is out of date; `draw`, called once per animation frame, brings the layers up to date
 * and composes them.
 */
export class Scene {
  private image: Layer;
  private labels: Layer;
  private heat: Layer | null = null;
  private outline: Outline[] = [];
  private palette: Uint32Array = new Uint32Array(256);
  private windowChanged = true;
  private changed: Rect;

  constructor(
    private readonly picture: Picture,
    private readonly mask: Mask,
  ) {
    this.image = makeLayer(picture.width, picture.height);
    this.labels = makeLayer(picture.width, picture.height);
    this.changed = mask.whole;
  }

  markWindow(): void {
    this.windowChanged = true;
  }

  markMask(rect: Rect): void {
    this.changed = union(this.changed, rect);
  }

  setColours(labels: readonly Label[], hidden: ReadonlySet<number>): void {
    this.palette = maskPalette(labels, hidden);
    this.changed = this.mask.whole;
  }

  /** steps: (H, W) of the heat palette, or null for no heat map. */
  setHeat(steps: Uint8Array | null): void {
    this.heat = steps && makeLayer(this.picture.width, this.picture.height);
    if (!this.heat || !steps) return;
    const palette = heatPalette();
    putWords(this.heat, this.mask.whole, (words) => {
      for (let i = 0; i < words.length; i++) words[i] = palette[steps[i]];
    });
  }

  /** data: (H, W) labels whose borders are drawn over the mask, or null. */
  setOutline(data: Uint8Array | null): void {
    this.outline = [];
    if (!data) return;
    for (const [value, segments] of outlines(data, this.picture.width, this.picture.height)) {
      const path = new Path2D();
      for (let i = 0; i < segments.length; i += 4) {
        path.moveTo(segments[i], segments[i + 1]);
        path.lineTo(segments[i + 2], segments[i + 3]);
      }
      this.outline.push({ value, path });
    }
  }

  draw(context: CanvasRenderingContext2D, state: ViewerState, cursor: Point | null, ratio: number): void {
    this.refresh(state.window);
    const { view } = state;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    toImageUnits(context, view, ratio);
    context.imageSmoothingEnabled = view.scale * ratio < SQUARES_FROM;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.image.canvas, 0, 0);
    context.imageSmoothingEnabled = false;
    if (this.heat && state.heat) this.compose(context, this.heat, state.heatOpacity);
    this.compose(context, this.labels, state.opacity);
    if (state.outline) drawOutlines(context, this.outline, state, view.scale);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (state.tool === "polygon") drawPolygon(context, state, cursor);
    if (cursor && !state.readonly && (state.tool === "brush" || state.tool === "eraser"))
      drawBrush(context, state, cursor);
  }

  private compose(context: CanvasRenderingContext2D, layer: Layer, opacity: number): void {
    context.globalAlpha = opacity;
    context.drawImage(layer.canvas, 0, 0);
    context.globalAlpha = 1;
  }

  private refresh(window: Window): void {
    const { pixels, channels } = this.picture;
    if (this.windowChanged) {
      const lut = lookupTable(pixels, window);
      putWords(this.image, this.mask.whole, (words) => {
        paintPixels(pixels, channels, lut, words);
      });
      this.windowChanged = false;
    }
    if (isEmpty(this.changed)) return;
    const rect = this.changed;
    putWords(this.labels, rect, (words) => {
      let i = 0;
      for (let y = rect.top; y < rect.bottom; y++) {
        const row = y * this.mask.width;
        for (let x = rect.left; x < rect.right; x++) words[i++] = this.palette[this.mask.data[row + x]];
      }
    });
    this.changed = NOTHING;
  }
}

function toImageUnits(context: CanvasRenderingContext2D, view: View, ratio: number): void {
  context.setTransform(view.scale * ratio, 0, 0, view.scale * ratio, view.x * ratio, view.y * ratio);
}
