import { paintSegment, type Brush, type Point } from "./brush";
import { fillHoles, grow, layOver, relabel, removeIslands, shrink, smooth } from "./edits";
import { floodFill } from "./fill";
import { History, type Past } from "./history";
import type { Mask, Writable } from "./mask";
import { fillPolygon } from "./polygon";
import { isEmpty, union, type Rect } from "./rect";
import type { Region } from "./region";
import { NO_RULES, only, writableBy, type Rules } from "./rules";

/** Told after every change of the mask; `finished` when it ends an action, or undoes or redoes one. */
export type OnChange = (rect: Rect, finished: boolean) => void;

/** What can be done to one whole class. `amount`: pixels of distance, or the size of the islands. */
export type Edit = "fillHoles" | "removeIslands" | "smooth" | "grow" | "shrink";

const EDITS: Record<Edit, (mask: Mask, value: number, amount: number, rules: Rules) => Rect> = {
  fillHoles: (mask, value, _, rules) => fillHoles(mask, value, rules),
  removeIslands,
  smooth,
  grow,
  shrink,
};

/** An area is given to a class, or taken away from it. */
export type Mode = "add" | "subtract";

/**
 * Everything that can be done to one mask. Each action is one step of undo.
 *
 * Actions: a stroke (`strokeBegin`, `strokeTo`, `strokeEnd`), a region that is tried out (`regionTry`, `strokeEnd`),
 * `fill`, `polygon`, `apply`, `edit`, `relabel`, `layOver`, `layIn`. All but `layIn` obey the rules.
 */
export class Drawing {
  private readonly history: History;
  private rules: Rules = NO_RULES;
  private stroke: { last: Point; brush: Brush; value: number } | null = null;

  constructor(
    readonly mask: Mask,
    private readonly tell: OnChange,
    past?: Past,
  ) {
    this.history = new History(mask, past);
  }

  get canUndo(): boolean {
    return this.history.canUndo;
  }

  get canRedo(): boolean {
    return this.history.canRedo;
  }

  get past(): Past {
    return this.history.past;
  }

  /** The last finished action: the same as long as nothing else was done, undone or redone. */
  get last(): unknown {
    return this.history.last;
  }

  /** What may be changed from now on. */
  protect(rules: Rules): void {
    this.strokeEnd();
    this.rules = rules;
  }

  strokeBegin(point: Point, brush: Brush, value: number): void {
    this.strokeEnd();
    this.stroke = { last: point, brush, value };
    this.strokeTo(point);
  }

  strokeTo(point: Point): void {
    if (!this.stroke) return;
    const { last, brush, value } = this.stroke;
    this.stroke.last = point;
    this.change(paintSegment(this.mask, last, point, brush, value, writableBy(this.rules, value)));
  }

  strokeEnd(): void {
    this.stroke = null;
    const rect = this.history.commit();
    if (!isEmpty(rect)) this.tell(rect, true);
  }

  fill(point: Point, value: number): void {
    const writable = writableBy(this.rules, value);
    this.act(() => floodFill(this.mask, Math.floor(point.x), Math.floor(point.y), value, writable));
  }

  polygon(corners: readonly Point[], value: number, mode: Mode = "add"): void {
    this.act(() => fillPolygon(this.mask, corners, ...this.ink(value, mode)));
  }

  /** Paints a region in place of the one tried before; `strokeEnd` keeps it. */
  regionTry({ bits, rect }: Region, value: number, mode: Mode): void {
    this.stroke = null;
    const before = this.history.cancel();
    // the bits of a region cover the whole mask
    const painted = isEmpty(rect) ? rect : this.mask.paintBits(bits, this.mask.whole, ...this.ink(value, mode));
    this.history.touch(painted);
    const both = union(before, painted);
    if (!isEmpty(both)) this.tell(both, false);
  }

  /** Does the last action, which painted a region, anew with another one: both together are one step. */
  regionAgain(region: Region, value: number, mode: Mode): void {
    this.strokeEnd();
    const before = this.history.drop();
    this.regionTry(region, value, mode);
    const rect = union(before, this.history.commit());
    if (!isEmpty(rect)) this.tell(rect, true);
  }

  /** Any other change that obeys the rules, as one action. */
  apply(work: (mask: Mask, rules: Rules) => Rect): void {
    this.act(() => work(this.mask, this.rules));
  }

  edit(edit: Edit, value: number, amount: number): void {
    this.act(() => EDITS[edit](this.mask, value, amount, this.rules));
  }

  /** Every pixel of label v becomes that of label to.get(v). */
  relabel(to: ReadonlyMap<number, number>): void {
    this.act(() => relabel(this.mask, to, this.rules));
  }

  /** Takes over a label map, or one class of it, as far as the rules allow. */
  layOver(data: Uint8Array, part: number | null = null): void {
    this.act(() => layOver(this.mask, data, this.rules, part));
  }

  /** Takes over a whole label map, closed classes included: what another person drew, or what was drawn before. */
  layIn(data: Uint8Array): void {
    this.act(() => this.mask.replace(data));
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

  /** What is painted, and over what, to add an area to a class or to take it away. */
  private ink(value: number, mode: Mode): [number, Writable] {
    if (mode === "add" || value === 0) return [value, writableBy(this.rules, value)];
    return [0, only(writableBy(this.rules, 0), value)];
  }

  private act(work: () => Rect): void {
    this.strokeEnd();
    this.change(work());
    this.strokeEnd();
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
