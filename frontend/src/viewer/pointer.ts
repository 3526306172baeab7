import type { Point } from "./core/brush";
import { hold, pan, toImage, toScreen, zoomAt, type Size, type View } from "./core/view";
import { WheelSteps } from "./core/slices";
import { DRAGS, type Drag } from "./drags";
import { CLOSE_DISTANCE } from "./overlay";
import type { Surface } from "./useViewer";

/** Freehand corners of a polygon are at least this far apart, in CSS pixels. */
const CORNER_DISTANCE = 4;

/** A second click this near the first (CSS pixels) is a click, not a drag: a ruler then waits for its other end. */
const CLICK_DISTANCE = 3;

/** Points of a lasso are at least this far apart, in CSS pixels. */
const LASSO_DISTANCE = 1.5;

interface Finger {
  x: number;
  y: number;
}

export interface PointerOptions {
  size: () => Size;
  /** told where the pointer is (CSS pixels inside the surface), null when it has left */
  onCursor: (point: Point | null) => void;
  /** the space bar is down: any tool pans */
  space: () => boolean;
  /** the Control key is really held down: a pinch on a trackpad comes as a wheel with Control, too */
  control: () => boolean;
  /** goes to the slice after (1) or before (-1); null while the image is no slice of a series */
  slice: () => ((by: 1 | -1) => void) | null;
  /** asks for the slice that is looked at to become the one that is drawn on */
  take: () => void;
}

/**
 * Turns pointer and wheel events of one element into actions of the surface.
 *
 * Pens draw, and once one was seen a finger only pans (the hand rests on the screen). Two fingers zoom and pan.
 */
export class PointerInput {
  private drag: Drag | null = null;
  private dragger = -1;
  private at: Point = { x: 0, y: 0 };
  private pressed: Point = { x: 0, y: 0 };
  private readonly fingers = new Map<number, Finger>();
  private penSeen = false;
  private readonly steps = new WheelSteps();
  /** a ruler whose first end was clicked waits for its second */
  private measuring = false;

  constructor(
    private readonly element: HTMLElement,
    private readonly surface: Surface,
    private readonly options: PointerOptions,
  ) {
    element.addEventListener("pointerdown", this.down);
    element.addEventListener("pointermove", this.move);
    element.addEventListener("pointerup", this.up);
    element.addEventListener("pointercancel", this.up);
    element.addEventListener("pointerleave", this.leave);
    element.addEventListener("dblclick", this.doubleClick);
    element.addEventListener("contextmenu", this.noMenu);
    element.addEventListener("wheel", this.wheel, { passive: false });
  }

  get dragging(): Drag | null {
    return this.drag;
  }

  detach(): void {
    const { element } = this;
    element.removeEventListener("pointerdown", this.down);
    element.removeEventListener("pointermove", this.move);
    element.removeEventListener("pointerup", this.up);
    element.removeEventListener("pointercancel", this.up);
    element.removeEventListener("pointerleave", this.leave);
    element.removeEventListener("dblclick", this.doubleClick);
    element.removeEventListener("contextmenu", this.noMenu);
    element.removeEventListener("wheel", this.wheel);
  }

  /** Where an event is: CSS pixels inside the element. */
  private place(event: MouseEvent): Point {
    const box = this.element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private imageAt(screen: Point): Point {
    return toImage(this.surface.state.view, screen);
  }

  private setView(view: View): void {
    const { picture } = this.surface.state;
    if (picture) this.surface.look(hold(view, picture, this.options.size()));
  }

  /** What a press means, from its button, the tool and what kind of pointer it is. */
  private meaning(event: PointerEvent): Drag | null {
    const { tool } = this.surface.state;
    if (event.button === 1 || this.options.space() || tool === "pan") return "pan";
    if (event.button === 2 || tool === "window") return "window";
    if (event.pointerType === "touch" && this.penSeen) return "pan";
    if (event.button !== 0 && event.button !== 5) return null;
    if (tool === "ruler") return "ruler";
    // a finger on a slice that is looked at may be the first of two
    if (this.surface.state.peek && event.pointerType === "touch") return "pan";
    if (this.surface.state.peek) {
      this.options.take();
      return null;
    }
    if (this.surface.state.readonly) return "pan";
    if (this.surface.state.picking || (tool === "threshold" && (event.shiftKey || event.altKey))) return "pick";
    return DRAGS[tool] ?? "stroke";
  }

  private readonly down = (event: PointerEvent): void => {
    const { surface } = this;
    if (!surface.state.ready) return;
    this.penSeen ||= event.pointerType === "pen";
    if (event.pointerType === "touch") {
      this.fingers.set(event.pointerId, this.place(event));
      if (this.fingers.size === 2) this.startPinch();
    }
    if (this.drag) return;
    this.drag = this.meaning(event);
    if (!this.drag) return;
    this.dragger = event.pointerId;
    this.at = this.place(event);
    this.element.setPointerCapture(event.pointerId);
    if (event.button === 1) event.preventDefault();
    this.pressed = this.at;
    this.press(event);
    this.cursor(this.at);
  };

  /** What a press begins. Button 5 is the eraser end of a pen. */
  private press(event: PointerEvent): void {
    const { surface } = this;
    const point = this.imageAt(this.at);
    const erases = event.button === 5;
    if (this.drag === "corners" || this.drag === "lasso" || this.drag === "region")
      surface.state.flipped = event.shiftKey || event.altKey || erases;
    if (this.drag === "corners") this.corner(this.at);
    else if (this.drag === "lasso") surface.addCorner(point);
    else if (this.drag === "region") surface.regionBegin(point);
    else if (this.drag === "proposal") surface.proposeBegin(point, event.shiftKey || event.altKey || erases);
    else if (this.drag === "pick") surface.pickBegin(point);
    else if (this.drag === "ruler") this.ruler(point);
    else if (this.drag === "fill") surface.fillAt(point, erases);
    else if (this.drag === "stroke") surface.strokeBegin(point, erases);
  }

  private readonly move = (event: PointerEvent): void => {
    const place = this.place(event);
    if (this.fingers.has(event.pointerId)) {
      if (this.drag === "pinch") this.pinch(event.pointerId, place);
      this.fingers.set(event.pointerId, place);
    }
    if (this.drag && event.pointerId === this.dragger) this.dragTo(event, place);
    else if (this.waits()) this.surface.rulerTo(this.imageAt(place));
    else if (!this.drag) this.surface.wireTo(this.imageAt(place));
    this.cursor(place);
  };

  private dragTo(event: PointerEvent, place: Point): void {
    const { surface } = this;
    if (this.drag === "stroke") {
      for (const each of this.allOf(event)) surface.strokeTo(this.imageAt(each));
    } else if (this.drag === "pan") {
      this.setView(pan(surface.state.view, place.x - this.at.x, place.y - this.at.y));
    } else if (this.drag === "window") {
      this.dragWindow(place);
    } else if (this.drag === "ruler") {
      surface.rulerTo(this.imageAt(place));
      return;
    } else if (this.drag === "pick") {
      surface.pickTo(this.imageAt(place));
    } else if (this.drag === "region") {
      surface.regionDrag(place.x - this.pressed.x);
    } else if (this.drag === "proposal") {
      const far = Math.hypot(place.x - this.pressed.x, place.y - this.pressed.y) >= CORNER_DISTANCE;
      if (far || surface.state.proposal.box) surface.proposeTo(this.imageAt(place));
    } else if (this.drag === "lasso") {
      for (const each of this.allOf(event)) this.follow(each, LASSO_DISTANCE);
      return;
    } else if (this.drag === "corners" && surface.state.tool === "wire") {
      surface.wireTo(this.imageAt(place));
    } else if (this.drag === "corners" && surface.state.polygon.length > 0) {
      this.follow(place, CORNER_DISTANCE);
      return;
    }
    this.at = place;
  }

  /** Every place the browser has seen the pointer at since the last event. */
  private allOf(event: PointerEvent): Point[] {
    const events = event.getCoalescedEvents();
    return (events.length > 0 ? events : [event]).map((each) => this.place(each));
  }

  /** Draws the outline on, unless the pointer has hardly moved. */
  private follow(place: Point, least: number): void {
    if (Math.hypot(place.x - this.at.x, place.y - this.at.y) < least) return;
    this.surface.addCorner(this.imageAt(place));
    this.at = place;
  }

  private readonly up = (event: PointerEvent): void => {
    this.fingers.delete(event.pointerId);
    if (event.pointerId !== this.dragger && this.drag !== "pinch") return;
    const { surface } = this;
    if (this.drag === "stroke") surface.strokeEnd();
    else if (this.drag === "lasso") surface.closePolygon();
    else if (this.drag === "region") surface.regionEnd();
    else if (this.drag === "proposal") surface.proposeEnd();
    else if (this.drag === "pick") surface.pickEnd();
    else if (this.drag === "ruler") this.rulerUp(this.place(event));
    this.drag = null;
    this.dragger = -1;
    if (event.pointerType === "touch") this.options.onCursor(null);
  };

  private readonly leave = (): void => {
    if (this.drag) return;
    this.options.onCursor(null);
    this.surface.readAt(null);
  };

  private cursor(place: Point): void {
    this.options.onCursor(place);
    this.surface.readAt(this.imageAt(place));
  }

  private corner(place: Point): void {
    const { surface } = this;
    const { polygon, view } = surface.state;
    const first = polygon.at(0);
    if (first && polygon.length >= 3) {
      const ring = toScreen(view, first);
      if (Math.hypot(ring.x - place.x, ring.y - place.y) <= CLOSE_DISTANCE) {
        surface.closePolygon();
        return;
      }
    }
    if (surface.state.tool === "wire") surface.addAnchor(this.imageAt(place));
    else surface.addCorner(this.imageAt(place));
  }

  private readonly doubleClick = (): void => {
    const { state } = this.surface;
    if (!["polygon", "wire"].includes(state.tool) || state.polygon.length === 0) return;
    // the second click of the two has set a second corner on the same spot
    if (state.tool === "polygon") state.polygon = state.polygon.slice(0, -1);
    if (state.polygon.length >= 3) this.surface.closePolygon();
  };

  private readonly noMenu = (event: Event): void => {
    event.preventDefault();
  };

  /** The first press sets one end and a drag the other; after a mere click the next press sets it. */
  private ruler(point: Point): void {
    this.measuring = this.waits();
    if (this.measuring) this.surface.rulerTo(point);
    else this.surface.rulerBegin(point);
  }

  /** Whether a ruler waits for its second end still: not with another tool or another image. */
  private waits(): boolean {
    const { tool, rulers } = this.surface.state;
    return this.measuring && tool === "ruler" && rulers.length > 0;
  }

  private rulerUp(place: Point): void {
    const dragged = Math.hypot(place.x - this.at.x, place.y - this.at.y) > CLICK_DISTANCE;
    this.measuring = !dragged && !this.measuring;
  }

  /** A ruler that waits for its second end is given up. */
  stopMeasuring(): void {
    this.measuring = false;
  }

  /**
   * The plain wheel goes through the slices of a series, or zooms an image on its own; with Shift it zooms always.
   * Control held down sizes the brush; a wheel that says Control while nobody holds it is a pinch, and zooms.
   */
  private readonly wheel = (event: WheelEvent): void => {
    event.preventDefault();
    if (!this.surface.state.ready) return;
    // with Shift some browsers turn the wheel sideways
    const pixels = (event.deltaY || (event.shiftKey ? event.deltaX : 0)) * [1, 16, 400][event.deltaMode];
    const slice = this.options.slice();
    if (event.ctrlKey && !this.options.control()) this.zoom(event, pixels * 6);
    else if (event.ctrlKey) this.surface.resizeBrush(pixels < 0 ? 1.15 : 1 / 1.15);
    else if (slice && !event.shiftKey) this.scroll(slice, pixels);
    else this.zoom(event, pixels);
    this.cursor(this.place(event));
  };

  private zoom(event: WheelEvent, pixels: number): void {
    this.setView(zoomAt(this.surface.state.view, this.place(event), Math.exp(-pixels * 0.0015)));
  }

  private scroll(slice: (by: 1 | -1) => void, pixels: number): void {
    // a stroke ends on the slice it began on
    if (this.drag && this.drag !== "pan") return;
    const by = this.steps.take(pixels);
    if (by !== 0) slice(by);
  }

  /** Right and left change the width, up and down the centre, as on a radiologist's workstation. */
  private dragWindow(place: Point): void {
    const { window, picture } = this.surface.state;
    if (!picture) return;
    const pace = Math.max(0.25, picture.window.width / 512);
    this.surface.setWindow({
      centre: window.centre + (place.y - this.at.y) * pace,
      width: window.width + (place.x - this.at.x) * pace,
    });
  }

  private startPinch(): void {
    // the first finger's dot was no stroke
    const { surface } = this;
    if (this.drag === "stroke" || this.drag === "region" || this.drag === "fill") surface.undo();
    else if (this.drag === "lasso") surface.dropPolygon();
    this.drag = "pinch";
  }

  private pinch(moved: number, place: Point): void {
    const before = this.fingers.get(moved);
    const other = [...this.fingers].find(([id]) => id !== moved)?.[1];
    if (!before || !other) return;
    const spread = (a: Finger, b: Finger): number => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
    const middle = { x: (place.x + other.x) / 2, y: (place.y + other.y) / 2 };
    const moveBy = pan(this.surface.state.view, (place.x - before.x) / 2, (place.y - before.y) / 2);
    this.setView(zoomAt(moveBy, middle, spread(place, other) / spread(before, other)));
  }
}
