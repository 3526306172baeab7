/**
 * Saves the mask of one image: at once, one request at a time, the newest state wins, and nothing is lost.
 *
 * What is not on the server yet is also kept in this browser (`Keeper`), from the moment it is drawn.
 */

export interface Effort {
  /** seconds of work on this image since it was opened, pauses not counted */
  seconds: number;
  strokes: number;
}

/** A mask on the server, with its version. */
export interface Saved {
  bytes: Uint8Array;
  version: number;
}

export interface Server {
  /** Stores the next version of the mask and returns its number. `effort` since the version it is based on. */
  put(bytes: Uint8Array, basedOn: number, effort: Effort): Promise<number>;
  newest(): Promise<Saved>;
}

export interface Keeper {
  keep(bytes: Uint8Array, basedOn: number): Promise<void>;
  forget(): Promise<void>;
}

/** What a failed save asks for: compare with the newer version, try again later, or tell the person. */
export type Verdict = "stale" | "retry" | "refused";

export type SaveStatus =
  | { kind: "saved" }
  | { kind: "saving" }
  | { kind: "retrying"; error: unknown; seconds: number }
  | { kind: "refused"; error: unknown }
  | { kind: "conflict"; theirs: Saved };

export interface AutosaveOptions {
  /** the version that is drawn on */
  version: number;
  /** what that version holds; null when that is not known */
  stored: Uint8Array | null;
  server: Server;
  keeper: Keeper;
  judge: (error: unknown) => Verdict;
  onStatus: (status: SaveStatus, version: number) => void;
}

const LONGEST_WAIT = 30;

function equal(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === b) return a !== null;
  return a !== null && b !== null && a.length === b.length && a.every((value, i) => value === b[i]);
}

export class Autosave {
  private status: SaveStatus = { kind: "saved" };
  private version: number;
  /** what the server has; null while an answer was lost and nobody knows */
  private stored: Uint8Array | null;
  private newest: Uint8Array = new Uint8Array();
  private effort: Effort = { seconds: 0, strokes: 0 };
  private counted: Effort = { seconds: 0, strokes: 0 };
  /** the first and the last mask sent without an answer since the last known version */
  private unanswered: Uint8Array[] = [];
  private dirty = false;
  private forced = false;
  private running: Promise<void> | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private stopped = false;

  constructor(private readonly options: AutosaveOptions) {
    this.version = options.version;
    this.stored = options.stored;
    if (options.stored) this.newest = options.stored;
  }

  /** The mask has changed: `bytes` is a copy of it as it is now. */
  changed(bytes: Uint8Array, effort: Effort): void {
    this.newest = bytes;
    this.effort = effort;
    this.dirty = true;
    void this.options.keeper.keep(bytes, this.version);
    if (this.status.kind !== "conflict") this.start();
  }

  /** Saves what there is, and waits for it; with `force` also a mask that nobody has changed. True once all is saved. */
  async flush({ force = false } = {}): Promise<boolean> {
    if (force) {
      this.forced = true;
      this.dirty = true;
    }
    if (this.dirty && this.status.kind !== "conflict") this.start();
    await this.running;
    return this.status.kind === "saved";
  }

  /** Saves over the other version, which the server keeps beside it. */
  keepMine(): void {
    if (this.status.kind !== "conflict") return;
    this.accept(this.status.theirs);
    void this.options.keeper.keep(this.newest, this.version);
    this.start();
  }

  /** Goes on from the other version. The caller shows it; what was drawn here is on the server beside it. */
  takeTheirs(): void {
    if (this.status.kind !== "conflict") return;
    this.accept(this.status.theirs);
    this.newest = this.status.theirs.bytes;
    this.done();
  }

  /** No more saves: another image is opened. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private tell(status: SaveStatus): void {
    this.status = status;
    if (!this.stopped) this.options.onStatus(status, this.version);
  }

  private accept(theirs: Saved): void {
    this.version = theirs.version;
    this.stored = theirs.bytes;
    this.unanswered = [];
  }

  private done(): void {
    this.dirty = false;
    this.failures = 0;
    void this.options.keeper.forget();
    this.tell({ kind: "saved" });
  }

  private start(): void {
    clearTimeout(this.timer);
    if (this.running || this.stopped) return;
    // a server that is away stays "retrying" on the page until it answers
    if (this.failures === 0) this.tell({ kind: "saving" });
    this.running = this.run().finally(() => {
      this.running = null;
    });
  }

  private async run(): Promise<void> {
    while (this.dirty && !this.stopped) {
      const bytes = this.newest;
      if (!this.forced && equal(bytes, this.stored)) {
        this.done();
        return;
      }
      if (!(await this.save(bytes))) return;
    }
  }

  /** One save. Returns whether the loop may go on. */
  private async save(bytes: Uint8Array): Promise<boolean> {
    const { seconds, strokes } = this.effort;
    const effort = { seconds: seconds - this.counted.seconds, strokes: strokes - this.counted.strokes };
    try {
      this.version = await this.options.server.put(bytes, this.version, effort);
      this.stored = bytes;
      this.unanswered = [];
      this.counted = { seconds, strokes };
      this.forced = false;
      return true;
    } catch (error) {
      return this.failed(error, bytes);
    }
  }

  private async failed(error: unknown, bytes: Uint8Array): Promise<boolean> {
    const verdict = this.options.judge(error);
    if (verdict === "stale") return this.compare();
    if (verdict === "refused") {
      this.tell({ kind: "refused", error });
      return false;
    }
    // whether the server has got it is unknown until it answers again
    this.stored = null;
    this.unanswered = [...this.unanswered.slice(0, 1), bytes];
    this.retryLater(error);
    return false;
  }

  private retryLater(error: unknown): void {
    const seconds = Math.min(LONGEST_WAIT, 2 ** this.failures);
    this.failures++;
    this.tell({ kind: "retrying", error, seconds });
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.start();
    }, seconds * 1000);
  }

  /** Somebody else saved, or we did and the answer was lost: then the newest version is what we sent. */
  private async compare(): Promise<boolean> {
    try {
      const theirs = await this.options.server.newest();
      if ([this.newest, ...this.unanswered].some((ours) => equal(theirs.bytes, ours))) {
        this.accept(theirs);
        return true;
      }
      this.tell({ kind: "conflict", theirs });
    } catch (error) {
      this.retryLater(error);
    }
    return false;
  }
}
