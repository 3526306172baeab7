import { parseColour, word } from "./core/colours";
import { toScreen } from "./core/view";
import type { Picture, ViewerState } from "./types";

const TINT = 110;
const EDGE = 255;
const MARK = 5;

const colourOf = (state: ViewerState): string =>
  state.labels.find(({ value }) => value === state.label)?.colour ?? "#ffffff";

/** Shows the region that clicks ask for, in the colour of the class, with a bright border. */
export class ProposalLayer {
  private readonly canvas = document.createElement("canvas");
  private shown: Uint8Array | null = null;
  private colour = "";

  constructor(private readonly picture: Picture) {
    this.canvas.width = picture.width;
    this.canvas.height = picture.height;
  }

  /** `context` is in image pixels. */
  draw(context: CanvasRenderingContext2D, state: ViewerState): void {
    const { inside } = state.proposal;
    if (!inside) return;
    const colour = colourOf(state);
    if (this.shown !== inside || this.colour !== colour) this.refresh(inside, colour);
    context.drawImage(this.canvas, 0, 0);
  }

  private refresh(inside: Uint8Array, colour: string): void {
    this.shown = inside;
    this.colour = colour;
    const { width, height } = this.picture;
    const image = new ImageData(width, height);
    const words = new Uint32Array(image.data.buffer);
    const tint = word(...parseColour(colour), TINT);
    const edge = word(255, 255, 255, EDGE);
    for (let i = 0; i < words.length; i++) {
      if (inside[i] === 0) continue;
      const x = i % width;
      const within =
        x > 0 && x < width - 1 && inside[i - 1] && inside[i + 1] && inside[i - width] && inside[i + width];
      words[i] = within ? tint : edge;
    }
    this.canvas.getContext("2d")?.putImageData(image, 0, 0);
  }
}

function dark(context: CanvasRenderingContext2D, path: Path2D, colour: string): void {
  context.lineWidth = 3.5;
  context.strokeStyle = "rgb(0 0 0 / 70%)";
  context.stroke(path);
  context.lineWidth = 1.5;
  context.strokeStyle = colour;
  context.stroke(path);
}

/** The box being dragged; a plus on each click inside, a minus on each outside, a line along a scribble. In CSS pixels. */
export function drawMarks(context: CanvasRenderingContext2D, state: ViewerState): void {
  const { box, clears, clicks } = state.proposal;
  if (box) {
    const [a, b] = box.map((corner) => toScreen(state.view, corner));
    const path = new Path2D();
    path.rect(Math.min(a.x, b.x), Math.min(a.y, b.y), Math.abs(a.x - b.x), Math.abs(a.y - b.y));
    context.setLineDash(clears ? [5, 4] : []);
    dark(context, path, "#ffffff");
    context.setLineDash([]);
  }
  for (const { points, inside } of clicks) {
    const path = new Path2D();
    points.forEach((point, i) => {
      const { x, y } = toScreen(state.view, point);
      if (i === 0) {
        path.moveTo(x - MARK, y);
        path.lineTo(x + MARK, y);
        if (inside) path.moveTo(x, y - MARK);
        if (inside) path.lineTo(x, y + MARK);
        path.moveTo(x, y);
      } else path.lineTo(x, y);
    });
    dark(context, path, inside ? "#7dffb0" : "#ff9c9c");
  }
}
