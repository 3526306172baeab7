import type { Rect } from "./rect";
import { pack, unpack } from "./runs";

/** What an action put on the mask: a network's suggestion, a click-to-segment, another slice's mask, the own hand. */
export type Source = "suggested" | "clicked" | "copied" | "drawn";

const NAMES = ["", "suggested", "clicked", "copied", "drawn", "changed", "removed"] as const;
const SUGGESTED = 1;
const DRAWN = 4;
const CHANGED = 5;
const REMOVED = 6;
/** of an earlier version, whose sources are known in sum only */
const EARLIER = 7;

/** Pixels by where they come from. All but `removed` add up to the pixels of the mask that hold a class. */
export interface Counts extends Record<Source, number> {
  /** put by the suggestion, of another class now */
  changed: number;
  /** put by the suggestion, background now */
  removed: number;
}

interface Step {
  rect: Rect;
  before: Uint8Array;
  after: Uint8Array;
}

/**
 * Where each pixel of a mask comes from.
 *
 * It is told of every finished change of the mask: `acted`, `undone`, `redone`, with the rectangle and the step of the
 * mask's own history, to which it ties what it needs to go back and forth.
 */
export class Sources {
  private readonly kinds: Uint8Array;
  /** the mask as of the last finished change */
  private readonly seen: Uint8Array;
  private readonly steps = new WeakMap<object, Step>();
  private begun = false;
  private earlier: Counts | null = null;
  private earlierPixels = 0;

  /**
   * mask       : (H, W), as it is opened
   * counts     : where its pixels come from, as it was saved; null where nobody knows: it counts as drawn
   * suggestion : (H, W) or null; where part of it was accepted before, what agrees with it counts as that
   */
  constructor(
    private mask: Uint8Array,
    private readonly width: number,
    counts: Counts | null = null,
    suggestion: Uint8Array | null = null,
  ) {
    this.seen = mask.slice();
    this.kinds = new Uint8Array(mask.length);
    this.begin(counts, suggestion);
  }

  /** As the constructor's, for a suggestion that comes later; only while nothing has been done. */
  begin(counts: Counts | null, suggestion: Uint8Array | null): void {
    if (this.begun) return;
    let found = 0;
    this.earlierPixels = 0;
    this.seen.forEach((value, i) => {
      const agrees = counts !== null && counts.suggested > 0 && suggestion?.[i] === value;
      this.kinds[i] = value === 0 ? 0 : agrees ? SUGGESTED : counts ? EARLIER : DRAWN;
      if (this.kinds[i] === EARLIER) this.earlierPixels++;
      if (this.kinds[i] === SUGGESTED) found++;
    });
    // another network may have spoken since: what is not found in its suggestion is known in sum as well
    this.earlier = counts && { ...counts, suggested: Math.max(0, counts.suggested - found) };
  }

  acted(rect: Rect, step: object, source: Source): void {
    this.begun = true;
    const before = this.crop(rect);
    const kind = NAMES.indexOf(source);
    this.each(rect, (i) => {
      const value = this.mask[i];
      if (value === this.seen[i]) return;
      this.seen[i] = value;
      const was = this.kinds[i];
      const suggested = was === SUGGESTED || was === CHANGED || was === REMOVED;
      if (value === 0) this.kinds[i] = suggested ? REMOVED : 0;
      else this.kinds[i] = source === "drawn" && suggested ? CHANGED : kind;
    });
    this.steps.set(step, { rect, before: pack(before), after: pack(this.crop(rect)) });
  }

  undone(rect: Rect, step: object): void {
    const known = this.steps.get(step);
    this.restore(rect, known, known?.before);
  }

  redone(rect: Rect, step: object): void {
    const known = this.steps.get(step);
    this.restore(rect, known, known?.after);
  }

  /** Whether this is the mask it was left with. */
  fits(mask: Uint8Array): boolean {
    return mask.length === this.seen.length && mask.every((value, i) => value === this.seen[i]);
  }

  /** Goes on with another copy of the same mask. */
  follow(mask: Uint8Array): void {
    this.mask = mask;
  }

  count(): Counts {
    const found = new Uint32Array(EARLIER + 1);
    this.kinds.forEach((kind, i) => {
      // a step nobody told of leaves pixels without a source: the hand's
      if (this.mask[i] === 0) found[kind === REMOVED ? REMOVED : 0]++;
      else found[kind === 0 || kind === REMOVED ? DRAWN : kind]++;
    });
    const counts = { suggested: 0, changed: 0, clicked: 0, copied: 0, drawn: 0, removed: 0 };
    NAMES.forEach((name, kind) => {
      if (name) counts[name] = found[kind];
    });
    this.share(found[EARLIER], counts);
    return counts;
  }

  /** Splits what was kept of an earlier version in its proportions. */
  private share(kept: number, counts: Counts): void {
    let left = kept;
    counts.removed += this.earlier?.removed ?? 0;
    for (const name of ["suggested", "clicked", "copied", "changed"] as const) {
      if (!this.earlier || kept === 0) break;
      const mine = Math.min(left, Math.round((this.earlier[name] * kept) / this.earlierPixels));
      counts[name] += mine;
      left -= mine;
    }
    counts.drawn += left;
  }

  private restore(rect: Rect, step: Step | undefined, packed: Uint8Array | undefined): void {
    if (step && packed) {
      const area = (step.rect.right - step.rect.left) * (step.rect.bottom - step.rect.top);
      const bytes = unpack(packed, area);
      let at = 0;
      this.each(step.rect, (i) => (this.kinds[i] = bytes[at++]));
    }
    this.each(rect, (i) => (this.seen[i] = this.mask[i]));
  }

  private crop(rect: Rect): Uint8Array {
    const bytes = new Uint8Array((rect.right - rect.left) * (rect.bottom - rect.top));
    let at = 0;
    this.each(rect, (i) => (bytes[at++] = this.kinds[i]));
    return bytes;
  }

  private each({ left, top, right, bottom }: Rect, visit: (i: number) => void): void {
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) visit(y * this.width + x);
    }
  }
}
