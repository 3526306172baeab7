import { parseColour, word } from "./core/colours";
import { greyValues, type Range } from "./core/values";
import type { Picture, ViewerState } from "./types";

const TINT = 70;

/** Tints the pixels of the image that the threshold brush would paint. */
export class RangeLayer {
  private readonly canvas = document.createElement("canvas");
  private shown: Range | null = null;
  private colour = "";

  constructor(private readonly picture: Picture) {
    this.canvas.width = picture.width;
    this.canvas.height = picture.height;
  }

  /** `context` is in image pixels. */
  draw(context: CanvasRenderingContext2D, state: ViewerState): void {
    if (state.tool !== "threshold" || !state.range || state.readonly) return;
    const colour = state.labels.find(({ value }) => value === state.label)?.colour ?? "#ffffff";
    if (this.shown !== state.range || this.colour !== colour) this.refresh(state.range, colour);
    context.drawImage(this.canvas, 0, 0);
  }

  private refresh(range: Range, colour: string): void {
    this.shown = range;
    this.colour = colour;
    const image = new ImageData(this.picture.width, this.picture.height);
    const words = new Uint32Array(image.data.buffer);
    const values = greyValues(this.picture);
    const tint = word(...parseColour(colour), TINT);
    for (let i = 0; i < words.length; i++) if (values[i] >= range.low && values[i] <= range.high) words[i] = tint;
    this.canvas.getContext("2d")?.putImageData(image, 0, 0);
  }
}
