import { Mask } from "./mask";
import { NOTHING, isEmpty, union, type Rect } from "./rect";
import { alike, pack, unpack } from "./runs";

interface Step {
  rect: Rect;
  before: Uint8Array;
  after: Uint8Array;
}

/** The steps of one mask, to be taken up again where they were left. */
export interface Past {
  done: readonly Step[];
  undone: readonly Step[];
}

export const DEPTH = 200;
/** What the steps of the open mask may hold at most, in bytes; those of all other masks together as much again. */
export const ROOM = 32 * 2 ** 20;

const sizeOf = ({ before, after }: Step): number => before.length + after.length;

/** What a past holds in memory, in bytes. */
export const sizeOfPast = ({ done, undone }: Past): number =>
  [...done, ...undone].reduce((sum, step) => sum + sizeOf(step), 0);

/**
 * Undo and redo of everything that changes a mask.
 *
 * It keeps a second copy of the mask as of the last finished action. Whoever changes the mask says where (`touch`)
 * and calls `commit` once the action is over; one action, however many pointer events it had, is one step.
 * The oldest steps go where there are more than `depth` or they hold more than `room` bytes; the newest always stays.
 */
export class History {
  private readonly settled: Mask;
  private done: Step[];
  private undone: Step[];
  private dirty: Rect = NOTHING;
  private size: number;

  constructor(
    private readonly mask: Mask,
    past: Past = { done: [], undone: [] },
    private readonly depth: number = DEPTH,
    private readonly room: number = ROOM,
  ) {
    this.settled = new Mask(mask.width, mask.height, mask.data.slice());
    this.done = [...past.done];
    this.undone = [...past.undone];
    this.size = sizeOfPast(past);
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

  get past(): Past {
    return { done: this.done, undone: this.undone };
  }

  /** The last finished action; a new one, an undo or a redo changes it. */
  get last(): unknown {
    return this.done.at(-1);
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
    if (alike(before, after)) return NOTHING;
    this.settled.paste(rect, after);
    const step = { rect, before: pack(before), after: pack(after) };
    this.done.push(step);
    this.size += sizeOf(step) - sizeOfPast({ done: [], undone: this.undone });
    this.undone = [];
    while (this.done.length > this.depth || (this.size > this.room && this.done.length > 1)) {
      const oldest = this.done.shift();
      if (oldest) this.size -= sizeOf(oldest);
    }
    return rect;
  }

  /** Takes back an action that is not over. Returns what changed. */
  cancel(): Rect {
    const rect = this.dirty;
    this.dirty = NOTHING;
    if (!isEmpty(rect)) this.mask.paste(rect, this.settled.crop(rect));
    return rect;
  }

  /** Takes the last action back for good. Returns what changed. */
  drop(): Rect {
    const rect = this.undo();
    const step = isEmpty(rect) ? undefined : this.undone.pop();
    if (step) this.size -= sizeOf(step);
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
