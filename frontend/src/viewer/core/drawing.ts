import { paintSegment, type Point } from "./brush";
import { floodFill } from "./fill";
import { History } from "./history";
import { ALL_WRITABLE, type Mask, type Writable } from "./mask";
import { fillPolygon } from "./polygon";
import { isEmpty, type Rect } from "./rect";

/** Told after every change of the mask; `finished` when it ends an action, or undoes or redoes one. */
export type OnChange = (rect: Rect, finished: boolean) => void;

/**
 * Everything that can be done to one mask. Each action is one step of undo.
 *
 * Actions: a stroke (`strokeBegin`, `strokeTo`, `strokeEnd`), `fill`, `polygon`, `layIn`.
 */
export class Drawing {
  private readonly history: History;
  private writable: Writable = ALL_WRITABLE;
  private stroke: { last: Point; radius: number; value: number } | null = null;

  constructor(
    readonly mask: Mask,
    private readonly tell: OnChange,
  ) {
    this.history = new History(mask);
  }

  get canUndo(): boolean {
    return this.history.canUndo;
  }

  get canRedo(): boolean {
    return this.history.canRedo;
  }

  /** Classes that nothing may paint over, except a mask laid in as a whole. */
  protect(values: ReadonlySet<number>): void {
    this.writable = ALL_WRITABLE.slice();
    for (const value of values) this.writable[value] = 0;
  }

  strokeBegin(point: Point, radius: number, value: number): void {
    this.strokeEnd();
    this.stroke = { last: point, radius, value };
    this.strokeTo(point);
  }

  strokeTo(point: Point): void {
    if (!this.stroke) return;
    const { last, radius, value } = this.stroke;
    this.stroke.last = point;
    this.change(paintSegment(this.mask, last, point, radius, value, this.writable));
  }

  strokeEnd(): void {
    this.stroke = null;
    const rect = this.history.commit();
    if (!isEmpty(rect)) this.tell(rect, true);
  }

  fill(point: Point, value: number): void {
    this.strokeEnd();
    this.change(floodFill(this.mask, Math.floor(point.x), Math.floor(point.y), value, this.writable));
    this.strokeEnd();
  }

  polygon(corners: readonly Point[], value: number): void {
    this.strokeEnd();
    this.change(fillPolygon(this.mask, corners, value, this.writable));
    this.strokeEnd();
  }

  /** Takes over a whole label map, protected classes included. */
  layIn(data: Uint8Array): void {
    this.strokeEnd();
    this.change(this.mask.replace(data));
    this.strokeEnd();
  }

  /** Takes back the stroke that is not over, or else the last action. */
  undo(): void {
    if (this.history.pending) {
      this.stroke = null;
      this.tell(this.history.cancel(), false);
      return;
    }
    this.put(this.history.undo());
  }

  redo(): void {
    if (!this.history.pending) this.put(this.history.redo());
  }

  /** Whether a stroke has changed something and is not over. */
  get pending(): boolean {
    return this.history.pending;
  }

  private put(rect: Rect): void {
    if (!isEmpty(rect)) this.tell(rect, true);
  }

  private change(rect: Rect): void {
    if (isEmpty(rect)) return;
    this.history.touch(rect);
    this.tell(rect, false);
  }
}
