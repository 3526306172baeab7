import type { Palette } from "./core/colours";
import { pool, poolingFor, type Pooled } from "./core/pool";
import { Mask } from "./core/mask";
import { paintEdges, paintLabels } from "./core/paint";
import { NOTHING, isEmpty, union, widened, type Rect } from "./core/rect";
import { lookupTable, paintPixels, type LookupTable, type Window } from "./core/window";
import type { Picture } from "./types";

/** An off-screen canvas in image pixels. */
export interface Layer {
  canvas: HTMLCanvasElement;
  context: CanvasRenderingContext2D;
}

export function makeLayer(width: number, height: number): Layer {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser has no Canvas 2D.");
  return { canvas, context };
}

/** Writes RGBA words into a rectangle of a layer. */
export function putWords(layer: Layer, rect: Rect, fill: (words: Uint32Array) => void): void {
  const image = new ImageData(rect.right - rect.left, rect.bottom - rect.top);
  fill(new Uint32Array(image.data.buffer));
  layer.context.putImageData(image, rect.left, rect.top);
}

/** One slice on the screen: its image through the window, and its labels in their colours. */
export class SliceLayers {
  /** as large as the image, or a half, a quarter … of it where the screen shows no more */
  image: Layer;
  labels: Layer;
  palette: Palette = new Uint32Array(256);
  /** only the borders of the labels, not their areas */
  edges = false;
  windowChanged = true;
  private changed: Rect;
  private whole: Rect;
  private small: Pooled & { step: number };
  /** the image's words, kept: a new one for each frame of a window drag costs more than painting it */
  private painted: ImageData | null = null;
  private table: { lut: LookupTable; window: Window; inverted: boolean; kind: unknown } | null = null;

  /** data: (H, W) labels; null for none */
  constructor(
    private picture: Picture,
    private data: Uint8Array | null,
  ) {
    this.image = makeLayer(picture.width, picture.height);
    this.labels = makeLayer(picture.width, picture.height);
    this.whole = { left: 0, top: 0, right: picture.width, bottom: picture.height };
    this.changed = this.whole;
    this.small = { ...picture, step: 1 };
  }

  mark(rect: Rect): void {
    this.changed = union(this.changed, rect);
  }

  recolour(palette: Palette): void {
    this.palette = palette;
    this.changed = this.whole;
  }

  restyle(edges: boolean): void {
    this.edges = edges;
    this.changed = this.whole;
  }

  /** Shows another slice on the same layers. */
  turnTo(picture: Picture, data: Uint8Array | null): void {
    if (picture === this.picture && data === this.data) return;
    if (picture.width !== this.picture.width || picture.height !== this.picture.height) {
      this.labels = makeLayer(picture.width, picture.height);
      this.whole = { left: 0, top: 0, right: picture.width, bottom: picture.height };
    }
    // where there was nothing and is nothing, nothing has to be coloured
    if (data !== null || this.data !== null) this.changed = this.whole;
    this.picture = picture;
    this.data = data;
    this.small = { ...picture, step: 1 };
    this.windowChanged = true;
  }

  /** Whether there are labels to be seen at all. */
  get hasLabels(): boolean {
    return this.data !== null;
  }

  /** Brings both layers up to date. scale: pixels of the device for one of the image. */
  refresh(window: Window, inverted: boolean, scale: number): void {
    const { width, height, channels } = this.picture;
    const step = poolingFor(scale, width, height);
    if (step !== this.small.step) {
      this.small = { ...pool(this.picture, channels, step), step };
      this.windowChanged = true;
    }
    if (this.windowChanged) this.paint(window, inverted);
    if (!isEmpty(this.changed)) this.colour(this.changed);
    this.windowChanged = false;
    this.changed = NOTHING;
  }

  private paint(window: Window, inverted: boolean): void {
    const { pixels, width, height } = this.small;
    if (this.image.canvas.width !== width || this.image.canvas.height !== height)
      this.image = makeLayer(width, height);
    if (this.painted?.width !== width || this.painted.height !== height)
      this.painted = new ImageData(width, height);
    const words = new Uint32Array(this.painted.data.buffer);
    paintPixels(pixels, this.picture.channels, this.lut(window, inverted), words);
    this.image.context.putImageData(this.painted, 0, 0);
  }

  /** The image as large as it is, whatever the layer's own size. */
  drawImage(context: CanvasRenderingContext2D): void {
    const { canvas } = this.image;
    const { step } = this.small;
    context.drawImage(canvas, 0, 0, canvas.width * step, canvas.height * step);
  }

  /** The table of this window, made once for all slices seen through it. */
  private lut(window: Window, inverted: boolean): LookupTable {
    const kind = this.picture.pixels.constructor;
    const { table } = this;
    if (table?.window === window && table.inverted === inverted && table.kind === kind) return table.lut;
    const lut = lookupTable(this.picture.pixels, window, inverted);
    this.table = { lut, window, inverted, kind };
    return lut;
  }

  private colour(changed: Rect): void {
    const { palette, data, edges } = this;
    const { width, height } = this.picture;
    if (data === null) {
      this.labels.context.clearRect(0, 0, this.whole.right, this.whole.bottom);
      return;
    }
    const mask = new Mask(width, height, data);
    // a changed pixel changes which of its neighbours lie at a border
    const rect = edges ? widened(changed, width, height) : changed;
    putWords(this.labels, rect, (words) => {
      (edges ? paintEdges : paintLabels)(mask, rect, palette, words);
    });
  }
}
