import type { Point } from "./core/brush";
import { heatPalette, maskPalette, type Label } from "./core/colours";
import { Mask } from "./core/mask";
import { outlines } from "./core/outline";
import type { Rect } from "./core/rect";
import type { View } from "./core/view";
import { makeLayer, putWords, SliceLayers, type Layer } from "./layers";
import { drawArea, drawBrush, drawOutlines, type Outline } from "./overlay";
import { ProposalLayer, drawMarks } from "./proposalLayer";
import { RangeLayer } from "./rangeLayer";
import { drawRulers } from "./rulers";
import { hasBrush, hasOutline, type Peek, type Picture, type ViewerState } from "./types";

/** From this zoom on the pixels of the image are shown as squares, so that single ones can be told apart. */
const SQUARES_FROM = 6;

/**
 * Three layers in image pixels: the image through its lookup table, the heat map, the mask. While a neighbour is looked
 * at, its image and mask stand in for those of the open image.
 *
 * Changes only mark what is out of date; `draw`, called once per animation frame, brings the layers up to date
 * and composes them.
 */
export class Scene {
  private readonly home: SliceLayers;
  private away: SliceLayers | null = null;
  private looksAway = false;
  private heat: Layer | null = null;
  private outline: Outline[] = [];
  private style: ViewerState["maskStyle"] = "fill";
  private readonly range: RangeLayer;
  private readonly proposal: ProposalLayer;

  constructor(
    private readonly picture: Picture,
    private readonly mask: Mask,
  ) {
    this.home = new SliceLayers(picture, mask.data);
    this.range = new RangeLayer(picture);
    this.proposal = new ProposalLayer(picture);
  }

  markWindow(): void {
    this.home.windowChanged = true;
    if (this.away) this.away.windowChanged = true;
  }

  markMask(rect: Rect): void {
    this.home.mark(rect);
  }

  /** A neighbouring slice to look at, or null for the open image again. */
  lookAt(peek: Peek | null): void {
    this.looksAway = peek !== null;
    if (!peek) return;
    this.away ??= new SliceLayers(peek.picture, peek.mask);
    this.away.palette = this.home.palette;
    this.away.edges = this.home.edges;
    this.away.turnTo(peek.picture, peek.mask);
  }

  setColours(labels: readonly Label[], hidden: ReadonlySet<number>): void {
    const palette = maskPalette(labels, hidden);
    this.home.recolour(palette);
    this.away?.recolour(palette);
  }

  setStyle(style: ViewerState["maskStyle"]): void {
    this.style = style;
    this.home.restyle(style === "outline");
    this.away?.restyle(style === "outline");
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
    const layers = this.looksAway && this.away ? this.away : this.home;
    const { view } = state;
    layers.refresh(state.window, state.inverted, view.scale * ratio);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    toImageUnits(context, view, ratio);
    context.imageSmoothingEnabled = view.scale * ratio < SQUARES_FROM;
    context.imageSmoothingQuality = "high";
    layers.drawImage(context);
    context.imageSmoothingEnabled = false;
    if (layers === this.home && this.heat && state.heat) this.compose(context, this.heat, state.heatOpacity);
    if (layers === this.home) {
      this.range.draw(context, state);
      this.proposal.draw(context, state);
    }
    // borders are thin, so they are drawn stronger
    if (layers.hasLabels)
      this.compose(context, layers.labels, this.style === "fill" ? state.opacity : Math.min(1, 2 * state.opacity));
    if (layers === this.home && state.outline) drawOutlines(context, this.outline, state, view.scale);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (layers === this.home) this.drawTool(context, state, cursor);
    drawRulers(context, state);
  }

  private drawTool(context: CanvasRenderingContext2D, state: ViewerState, cursor: Point | null): void {
    drawMarks(context, state);
    if (hasOutline(state.tool)) drawArea(context, state, cursor);
    if (cursor && !state.readonly && !state.picking && hasBrush(state.tool)) drawBrush(context, state, cursor);
  }

  private compose(context: CanvasRenderingContext2D, layer: Layer, opacity: number): void {
    context.globalAlpha = opacity;
    context.drawImage(layer.canvas, 0, 0);
    context.globalAlpha = 1;
  }
}

function toImageUnits(context: CanvasRenderingContext2D, view: View, ratio: number): void {
  context.setTransform(view.scale * ratio, 0, 0, view.scale * ratio, view.x * ratio, view.y * ratio);
}
