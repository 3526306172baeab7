/**
 * Saves the mask of one image: within two seconds, one request at a time, the newest state wins, and nothing is lost.
 *
 * What is not on the server yet is also kept in this browser (`Keeper`), from the end of each stroke on.
 */
import { same } from "./patches";

export interface Effort {
  /** seconds of work on this image since it was opened, pauses not counted */
  seconds: number;
  strokes: number;
  /** where the pixels of the mask come from, as JSON */
  provenance?: string;
}

/** A mask on the server, with its version. */
export interface Saved {
  bytes: Uint8Array;
  version: number;
}

/** What a save goes on from; its bytes are null when nobody knows what that version holds. */
export interface Base {
  bytes: Uint8Array | null;
  version: number;
}

export interface Server {
  /** Stores the next version of the mask and returns its number. `effort` since the version it is based on. */
  save(bytes: Uint8Array, base: Base, effort: Effort): Promise<number>;
  newest(): Promise<Saved>;
}

export interface Keeper {
  note(bytes: Uint8Array, between: readonly Uint8Array[]): void;
  rebase(base: Saved): void;
  forget(saved: Saved): void;
}

/** What a failed save asks for: compare with the newer version, try again, sign in again, or tell the person. */
export type Verdict = "stale" | "retry" | "signedOut" | "refused";

export type SaveStatus =
  | { kind: "saved" }
  | { kind: "saving" }
  | { kind: "retrying"; error: unknown; seconds: number }
  | { kind: "signedOut" }
  | { kind: "refused"; error: unknown }
  | { kind: "conflict"; theirs: Saved; mine: Uint8Array };

export interface AutosaveOptions {
  /** the version that is drawn on, and what it holds */
  base: Base;
  server: Server;
  keeper: Keeper;
  judge: (error: unknown) => Verdict;
  onStatus: (status: SaveStatus, version: number) => void;
}

const LONGEST_WAIT = 15;
/** A save waits for the next stroke so long, … */
const QUIET_MS = 600;
/** … and for all of them together so long; with the request itself that stays under two seconds. */
const MOST_MS = 1500;

export class Autosave {
  private status: SaveStatus = { kind: "saved" };
  private version: number;
  /** what the server has; null while an answer was lost and nobody knows */
  private stored: Uint8Array | null;
  private newest: Uint8Array = new Uint8Array();
  private sent: Uint8Array | null = null;
  private effort: Effort = { seconds: 0, strokes: 0 };
  private counted: Effort = { seconds: 0, strokes: 0 };
  /** the first and the last mask sent without an answer since the last known version */
  private unanswered: Uint8Array[] = [];
  private dirty = false;
  private dirtySince = 0;
  private forced = false;
  private urgent = false;
  private running: Promise<void> | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private stopped = false;

  constructor(private readonly options: AutosaveOptions) {
    this.version = options.base.version;
    this.stored = options.base.bytes;
    if (options.base.bytes) this.newest = options.base.bytes;
  }

  /** The mask has changed: `bytes` is a copy of it as it is now. */
  changed(bytes: Uint8Array, effort: Effort): void {
    this.newest = bytes;
    this.effort = effort;
    if (!this.dirty) this.dirtySince = Date.now();
    this.dirty = true;
    this.options.keeper.note(bytes, this.unanswered);
    if (this.status.kind === "conflict" || this.status.kind === "signedOut") return;
    if (this.failures === 0) this.tell({ kind: "saving" });
    this.soon();
  }

  /** Saves what there is, and waits for it; with `force` also a mask that nobody has changed. True once all is saved. */
  async flush({ force = false } = {}): Promise<boolean> {
    if (force) {
      this.forced = true;
      this.dirty = true;
    }
    this.urgent = true;
    if (this.dirty && this.status.kind !== "conflict") this.start();
    await this.running;
    this.urgent = false;
    return this.status.kind === "saved";
  }

  /** Saves over the other version, which the server keeps beside it. */
  keepMine(): void {
    if (this.status.kind !== "conflict") return;
    this.accept(this.status.theirs);
    this.status = { kind: "saving" };
    this.start();
  }

  /**
   * Goes on from the other version; the caller shows it. What was drawn here is on the server beside it.
   * False when it could not be brought there: then nothing has changed.
   */
  async takeTheirs(): Promise<boolean> {
    if (this.status.kind !== "conflict") return false;
    const { theirs } = this.status;
    if (this.sent !== this.newest && !(await this.leaveBeside(this.newest))) return false;
    this.accept(theirs);
    this.newest = theirs.bytes;
    this.done();
    return true;
  }

  /** What this browser kept is on the server already. */
  nothingLeft(saved: Saved): void {
    if (!this.dirty) this.options.keeper.forget(saved);
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
    this.options.keeper.rebase(theirs);
  }

  private done(): void {
    this.dirty = false;
    this.failures = 0;
    this.options.keeper.forget({ bytes: this.newest, version: this.version });
    this.tell({ kind: "saved" });
  }

  /** What was drawn since the stale save goes to the server as it did: refused as stale, and kept. */
  private async leaveBeside(bytes: Uint8Array): Promise<boolean> {
    try {
      await this.options.server.save(bytes, { bytes: this.stored, version: this.version }, this.spent());
    } catch (error) {
      return this.options.judge(error) === "stale";
    }
    return true;
  }

  private spent(): Effort {
    const { seconds, strokes } = this.effort;
    return {
      ...this.effort,
      seconds: seconds - this.counted.seconds,
      strokes: strokes - this.counted.strokes,
    };
  }

  private soon(): void {
    if (this.running || this.stopped) return;
    clearTimeout(this.timer);
    const wait = Math.max(0, Math.min(QUIET_MS, this.dirtySince + MOST_MS - Date.now()));
    this.timer = setTimeout(() => {
      this.start();
    }, wait);
  }

  private start(): void {
    clearTimeout(this.timer);
    if (this.running || this.stopped) return;
    // a server that is away stays "retrying" on the page until it answers
    if (this.failures === 0) this.tell({ kind: "saving" });
    this.running = this.run().finally(() => {
      this.running = null;
      if (this.status.kind === "saving" && this.dirty) this.soon();
    });
  }

  private async run(): Promise<void> {
    while (this.dirty && !this.stopped) {
      const bytes = this.newest;
      if (!this.forced && this.stored && same(bytes, this.stored)) {
        this.done();
        return;
      }
      this.dirtySince = Date.now();
      if (!(await this.save(bytes))) return;
      // what was drawn meanwhile waits for its own two seconds, unless somebody waits for it
      if (this.newest !== bytes && !this.urgent) return;
    }
  }

  /** One save. Returns whether the loop may go on. */
  private async save(bytes: Uint8Array): Promise<boolean> {
    const { effort } = this;
    this.sent = bytes;
    try {
      const base = { bytes: this.stored, version: this.version };
      this.version = await this.options.server.save(bytes, base, this.spent());
    } catch (error) {
      return this.failed(error, bytes);
    }
    this.counted = effort;
    this.forced = false;
    this.failures = 0;
    this.stored = bytes;
    this.unanswered = [];
    if (this.newest !== bytes) this.options.keeper.rebase({ bytes, version: this.version });
    return true;
  }

  private async failed(error: unknown, bytes: Uint8Array): Promise<boolean> {
    const verdict = this.options.judge(error);
    if (verdict === "stale") return this.compare(bytes);
    if (verdict === "retry") {
      // whether the server has got it is unknown until it answers again
      this.stored = null;
      this.unanswered = [...this.unanswered.slice(0, 1), bytes];
      this.retryLater(error);
    } else this.tell(verdict === "signedOut" ? { kind: "signedOut" } : { kind: "refused", error });
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
  private async compare(bytes: Uint8Array): Promise<boolean> {
    try {
      const theirs = await this.options.server.newest();
      if ([bytes, this.newest, ...this.unanswered].some((ours) => same(theirs.bytes, ours))) {
        this.accept(theirs);
        return true;
      }
      this.tell({ kind: "conflict", theirs, mine: this.newest });
    } catch (error) {
      this.retryLater(error);
    }
    return false;
  }
}
