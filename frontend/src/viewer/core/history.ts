import { Mask } from "./mask";
import { NOTHING, isEmpty, union, type Rect } from "./rect";
import { pack, unpack } from "./runs";

interface Step {
  rect: Rect;
  before: Uint8Array;
  after: Uint8Array;
}

export const DEPTH = 200;

/**
 * Undo and redo of everything that changes a mask.
 *
 * It keeps a second copy of the mask as of the last finished action. Whoever changes the mask says where (`touch`)
 * and calls `commit` once the action is over; one action, however many pointer events it had, is one step.
 */
export class History {
  private readonly settled: Mask;
  private done: Step[] = [];
  private undone: Step[] = [];
  private dirty: Rect = NOTHING;

  constructor(
    private readonly mask: Mask,
    private readonly depth: number = DEPTH,
  ) {
    this.settled = new Mask(mask.width, mask.height, mask.data.slice());
  }

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  /** Whether an action has changed something and is not over. */
  get pending(): boolean {
    return !isEmpty(this.dirty);
  }

  touch(rect: Rect): void {
    this.dirty = union(this.dirty, rect);
  }

  /** Ends the action. Returns what it changed; nothing changed adds no step. */
  commit(): Rect {
    const rect = this.dirty;
    this.dirty = NOTHING;
    if (isEmpty(rect)) return NOTHING;
    const before = this.settled.crop(rect);
    const after = this.mask.crop(rect);
    if (before.every((value, i) => value === after[i])) return NOTHING;
    this.settled.paste(rect, after);
    this.done.push({ rect, before: pack(before), after: pack(after) });
    if (this.done.length > this.depth) this.done.shift();
    this.undone = [];
    return rect;
  }

  /** Takes back an action that is not over. Returns what changed. */
  cancel(): Rect {
    const rect = this.dirty;
    this.dirty = NOTHING;
    if (!isEmpty(rect)) this.mask.paste(rect, this.settled.crop(rect));
    return rect;
  }

  undo(): Rect {
    const step = this.done.pop();
    if (!step) return NOTHING;
    this.undone.push(step);
    return this.put(step.rect, step.before);
  }

  redo(): Rect {
    const step = this.undone.pop();
    if (!step) return NOTHING;
    this.done.push(step);
    return this.put(step.rect, step.after);
  }

  private put(rect: Rect, packed: Uint8Array): Rect {
    const bytes = unpack(packed, (rect.right - rect.left) * (rect.bottom - rect.top));
    this.mask.paste(rect, bytes);
    this.settled.paste(rect, bytes);
    return rect;
  }
}
