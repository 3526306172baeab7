/** Keeps in this browser, stroke by stroke, what is not on the server yet. */
import type { Keeper, Saved } from "./autosave";
import { changes, lay, same, type Patch } from "./patches";
import { troubleOf, type Opening, type Trouble, type Unsaved } from "./unsaved";

/** Where it is kept: unsaved.ts, or a stand-in of a test. */
export interface Store {
  begin(opening: Opening, base: Saved, patches: readonly Patch[]): Promise<void>;
  add(key: string, patches: readonly Patch[]): Promise<void>;
  forget(key: string): Promise<void>;
}

/** So many strokes are gathered into one again: nobody replays a thousand. */
const MOST = 200;

export class Journal implements Keeper {
  private base: Saved;
  private last: Uint8Array;
  /** strokes in the store; null when what it holds is not known to be whole */
  private strokes: number | null;
  private touched: boolean;

  /** `kept` is what the store holds already under the opening's key, as `resume` made a mask of it. */
  constructor(
    private readonly store: Store,
    private readonly opening: Opening,
    base: Saved,
    private readonly onTrouble: (trouble: Trouble | null) => void,
    kept?: { bytes: Uint8Array; strokes: number },
  ) {
    this.base = base;
    this.last = kept?.bytes ?? base.bytes;
    this.strokes = kept?.strokes ?? null;
    this.touched = kept !== undefined;
  }

  /** The mask is now this. `between` are masks that may have reached the server since the base. */
  note(bytes: Uint8Array, between: readonly Uint8Array[] = []): void {
    const patches = changes(this.last, bytes, this.opening.width);
    this.last = bytes;
    if (this.strokes === null || this.strokes + patches.length > MOST) {
      this.write(between);
      return;
    }
    if (patches.length === 0) return;
    this.strokes += patches.length;
    this.watch(this.store.add(this.opening.key, patches));
  }

  /** The server has this version, and the work goes on from there. */
  rebase(base: Saved): void {
    this.base = base;
    this.write([]);
  }

  /** The server has everything. */
  forget(saved: Saved): void {
    this.base = saved;
    this.last = saved.bytes;
    this.strokes = null;
    if (!this.touched) return;
    this.touched = false;
    this.watch(this.store.forget(this.opening.key));
  }

  private write(between: readonly Uint8Array[]): void {
    const { width } = this.opening;
    const way = [this.base.bytes, ...between, this.last];
    const patches = way.slice(1).flatMap((bytes, i) => changes(way[i], bytes, width));
    this.strokes = patches.length;
    this.touched = true;
    this.watch(this.store.begin(this.opening, this.base, patches));
  }

  private watch(written: Promise<void>): void {
    written.then(
      () => {
        this.onTrouble(null);
      },
      (error: unknown) => {
        // what is there is not known: the next stroke writes all of it
        this.strokes = null;
        this.onTrouble(troubleOf(error));
      },
    );
  }
}

/**
 * The mask as it was left, and the version on the server that it goes on from.
 *
 * The server may hold more than the base: a save whose answer never came back. Then its mask is one that was passed
 * on the way, and nobody else has drawn anything.
 */
export function resume(
  { base, basedOn, patches, width }: Unsaved,
  saved: Saved,
): { bytes: Uint8Array; basedOn: number } {
  const bytes = base.slice();
  let ours = saved.version === basedOn || same(bytes, saved.bytes);
  for (const patch of patches) {
    lay(bytes, width, patch);
    ours ||= same(bytes, saved.bytes);
  }
  return { bytes, basedOn: ours ? saved.version : basedOn };
}
