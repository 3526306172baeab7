// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Saved } from "./autosave";
import { Journal, resume } from "./journal";
import type { Patch } from "./patches";
import type { Opening, Trouble, Unsaved } from "./unsaved";

const WIDTH = 6;
const HEIGHT = 5;
const opening: Opening = { key: "1/2/page/0", user: 1, project: 1, image: 2, width: WIDTH, height: HEIGHT };
const empty: Saved = { bytes: new Uint8Array(WIDTH * HEIGHT), version: 0 };

/** A store in memory that can refuse, as a full disk does. */
function bench(base = empty) {
  const store = {
    kept: null as Unsaved | null,
    refuses: false,
    written: 0,
    begin(of: Opening, from: Saved, patches: readonly Patch[]): Promise<void> {
      if (store.refuses) return Promise.reject(new DOMException("full", "QuotaExceededError"));
      store.kept = { ...of, base: from.bytes, basedOn: from.version, patches: [...patches] };
      return Promise.resolve();
    },
    add(_: string, patches: readonly Patch[]): Promise<void> {
      if (store.refuses) return Promise.reject(new DOMException("full", "QuotaExceededError"));
      store.kept?.patches.push(...patches);
      store.written += patches.reduce((sum, { values }) => sum + values.length, 0);
      return Promise.resolve();
    },
    forget(): Promise<void> {
      store.kept = null;
      return Promise.resolve();
    },
  };
  const troubles: (Trouble | null)[] = [];
  const journal = new Journal(store, opening, base, (trouble) => troubles.push(trouble));
  return { store, journal, troubles };
}

const left = (kept: Unsaved | null, saved: Saved) => kept && resume(kept, saved);
const strokes = fc.array(
  fc.record({ at: fc.nat(WIDTH * HEIGHT - 1), length: fc.integer({ min: 1, max: 9 }), value: fc.nat(2) }),
  { minLength: 1, maxLength: 300 },
);

function drawn(mask: Uint8Array, { at, length, value }: { at: number; length: number; value: number }): Uint8Array {
  return mask.slice().fill(value, at, at + length);
}

describe("Journal", () => {
  it("gives back any sequence of strokes, however many", () => {
    fc.assert(
      fc.property(strokes, (all) => {
        const { store, journal } = bench();
        let mask = empty.bytes;
        for (const stroke of all) {
          mask = drawn(mask, stroke);
          journal.note(mask);
          expect(left(store.kept, empty)).toEqual({ bytes: mask, basedOn: 0 });
        }
        expect(store.kept?.patches.length).toBeLessThanOrEqual(200);
      }),
      { numRuns: 20 },
    );
  });

  it("writes no more than the rectangle of a stroke", () => {
    const { store, journal } = bench();
    journal.note(drawn(empty.bytes, { at: 0, length: 1, value: 1 }));
    journal.note(drawn(empty.bytes, { at: 0, length: 2, value: 1 }));
    expect(store.written).toBe(1);
  });

  it("goes on from what the server has: nothing is kept once all of it is there", () => {
    const { store, journal } = bench();
    const first = drawn(empty.bytes, { at: 0, length: 3, value: 1 });
    journal.note(first);
    journal.forget({ bytes: first, version: 1 });
    expect(store.kept).toBeNull();
    const second = drawn(first, { at: 9, length: 3, value: 2 });
    journal.note(second);
    expect(left(store.kept, { bytes: first, version: 1 })).toEqual({ bytes: second, basedOn: 1 });
    expect(store.kept?.basedOn).toBe(1);
  });

  it("knows its own save whose answer was lost from one of somebody else", () => {
    fc.assert(
      fc.property(strokes, fc.nat(), (all, pick) => {
        const { store, journal } = bench();
        const states = [empty.bytes];
        for (const stroke of all.slice(0, 50)) {
          states.push(drawn(states[states.length - 1], stroke));
          journal.note(states[states.length - 1]);
        }
        if (store.kept === null) return;
        const ours = { bytes: states[pick % states.length], version: 1 };
        expect(left(store.kept, ours)?.basedOn).toBe(1);
        const theirs = { bytes: new Uint8Array(WIDTH * HEIGHT).fill(7), version: 1 };
        expect(left(store.kept, theirs)?.basedOn).toBe(0);
      }),
    );
  });

  it("keeps the masks that may have reached the server when it gathers its strokes", () => {
    const { store, journal } = bench();
    const sent = drawn(empty.bytes, { at: 3, length: 3, value: 1 });
    journal.note(sent);
    let mask = sent;
    for (let i = 0; i < 250; i++) {
      mask = drawn(mask, { at: 20, length: 1, value: i % 2 });
      journal.note(mask, [sent]);
    }
    expect(store.kept?.patches.length).toBeLessThan(100);
    expect(left(store.kept, { bytes: sent, version: 1 })).toEqual({ bytes: mask, basedOn: 1 });
  });

  it("says that the browser is full, and writes all of it once there is room", async () => {
    const { store, journal, troubles } = bench();
    const first = drawn(empty.bytes, { at: 0, length: 3, value: 1 });
    const second = drawn(first, { at: 12, length: 3, value: 2 });
    journal.note(first);
    store.refuses = true;
    journal.note(second);
    await Promise.resolve();
    await Promise.resolve();
    expect(troubles.at(-1)).toBe("full");
    store.refuses = false;
    const third = drawn(second, { at: 20, length: 2, value: 1 });
    journal.note(third);
    await Promise.resolve();
    expect(troubles.at(-1)).toBeNull();
    expect(left(store.kept, empty)?.bytes).toEqual(third);
  });

  it("leaves nothing behind that a later save has made old, not even after trouble", async () => {
    const { store, journal } = bench();
    const first = drawn(empty.bytes, { at: 0, length: 3, value: 1 });
    journal.note(first);
    store.refuses = true;
    journal.note(drawn(first, { at: 9, length: 1, value: 1 }));
    await Promise.resolve();
    await Promise.resolve();
    journal.forget({ bytes: first, version: 1 });
    expect(store.kept).toBeNull();
  });
});
