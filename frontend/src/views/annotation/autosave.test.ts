// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Autosave, type Base, type Effort, type Saved, type SaveStatus, type Verdict } from "./autosave";

class Failure extends Error {
  constructor(readonly verdict: Verdict) {
    super(verdict);
  }
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** A server of one mask that can be away, refuse, or lose its answers. */
function bench(saved: Saved = { bytes: bytes(0, 0), version: 0 }) {
  const server = {
    ...saved,
    /** stale masks, kept beside the versions */
    beside: [] as Uint8Array[],
    bases: [] as Base[],
    trouble: null as Verdict | null,
    loseAnswer: false,
    efforts: [] as Effort[],
    puts: 0,
    hold: null as Promise<void> | null,
  };
  const kept = { bytes: null as Uint8Array | null, basedOn: -1 };
  const seen: SaveStatus[] = [];
  let version = saved.version;
  const autosave = new Autosave({
    base: saved,
    server: {
      async save(data, base, effort) {
        server.puts++;
        server.bases.push(base);
        await server.hold;
        if (server.trouble) throw new Failure(server.trouble);
        if (base.version !== server.version) {
          server.beside.push(data);
          throw new Failure("stale");
        }
        server.version++;
        server.bytes = data;
        server.efforts.push(effort);
        if (server.loseAnswer) throw new Failure("retry");
        return server.version;
      },
      newest: () => Promise.resolve({ bytes: server.bytes, version: server.version }),
    },
    keeper: {
      note(data) {
        kept.bytes = data;
      },
      rebase(base) {
        kept.basedOn = base.version;
      },
      forget({ version: now }) {
        kept.bytes = null;
        kept.basedOn = now;
      },
    },
    judge: (error) => (error instanceof Failure ? error.verdict : "refused"),
    onStatus(status, now) {
      seen.push(status);
      version = now;
    },
  });
  const effort = (seconds: number): Effort => ({ seconds, strokes: seconds });
  return { autosave, server, kept, seen, effort, version: () => version, last: () => seen.at(-1)?.kind };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("Autosave", () => {
  it("keeps at once, saves, and forgets what is saved", async () => {
    const { autosave, server, kept, effort, last, version } = bench();
    autosave.changed(bytes(1, 0), effort(3));
    expect(kept.bytes).toEqual(bytes(1, 0));
    expect(last()).toBe("saving");
    expect(await autosave.flush()).toBe(true);
    expect(server.bytes).toEqual(bytes(1, 0));
    expect(kept.bytes).toBeNull();
    expect([last(), version()]).toEqual(["saved", 1]);
  });

  it("waits for the next stroke, but never longer than two seconds, and says so", async () => {
    const { autosave, server, effort, last } = bench();
    for (let stroke = 1; stroke <= 12; stroke++) {
      autosave.changed(bytes(stroke, 0), effort(stroke));
      expect(last()).toBe("saving");
      if (stroke === 1) expect(server.puts).toBe(0);
      await vi.advanceTimersByTimeAsync(200);
    }
    // 2.4 seconds of drawing: one save on the way, the rest once the hand rests
    expect(server.puts).toBe(1);
    expect(server.bytes[0]).toBe(8);
    await vi.advanceTimersByTimeAsync(2000);
    expect(server.puts).toBe(2);
    expect(server.bytes).toEqual(bytes(12, 0));
    expect(last()).toBe("saved");
    expect(server.efforts.map(({ strokes }) => strokes)).toEqual([8, 4]);
  });

  it("names what the version holds that it goes on from, unless an answer was lost", async () => {
    const { autosave, server, effort } = bench({ bytes: bytes(5, 5), version: 3 });
    autosave.changed(bytes(5, 1), effort(1));
    await autosave.flush();
    server.trouble = "retry";
    autosave.changed(bytes(5, 2), effort(2));
    await autosave.flush();
    server.trouble = null;
    await vi.advanceTimersByTimeAsync(5000);
    expect(server.bases).toEqual([
      { bytes: bytes(5, 5), version: 3 },
      { bytes: bytes(5, 1), version: 4 },
      { bytes: null, version: 4 },
    ]);
    expect(server.bytes).toEqual(bytes(5, 2));
  });

  it("waits for the person to sign in again, keeps the work, and then goes on", async () => {
    const { autosave, server, kept, effort, last } = bench();
    server.trouble = "signedOut";
    autosave.changed(bytes(1, 0), effort(1));
    expect(await autosave.flush()).toBe(false);
    expect(last()).toBe("signedOut");
    autosave.changed(bytes(1, 1), effort(2));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.puts).toBe(1);
    expect(kept.bytes).toEqual(bytes(1, 1));
    server.trouble = null;
    expect(await autosave.flush()).toBe(true);
    expect(server.bytes).toEqual(bytes(1, 1));
    expect(kept.bytes).toBeNull();
  });

  it("has one request under way and then saves the newest state only, with the effort since the last version", async () => {
    const { autosave, server, effort } = bench();
    let release = (): void => undefined;
    server.hold = new Promise((resolve) => (release = resolve));
    autosave.changed(bytes(1, 0), effort(3));
    const saved = autosave.flush();
    autosave.changed(bytes(1, 1), effort(5));
    autosave.changed(bytes(2, 1), effort(9));
    expect(server.puts).toBe(1);
    release();
    await saved;
    expect(server.puts).toBe(2);
    expect(server.bytes).toEqual(bytes(2, 1));
    expect(server.efforts.map(({ seconds }) => seconds)).toEqual([3, 6]);
  });

  it("never says saved while something newer is not", async () => {
    const { autosave, server, effort, seen } = bench();
    let release = (): void => undefined;
    server.hold = new Promise((resolve) => (release = resolve));
    autosave.changed(bytes(1, 0), effort(1));
    const saved = autosave.flush();
    autosave.changed(bytes(1, 1), effort(2));
    release();
    await saved;
    expect(seen.filter(({ kind }) => kind === "saved")).toHaveLength(1);
    expect(server.bytes).toEqual(bytes(1, 1));
  });

  it("retries with growing waits until the server is back", async () => {
    const { autosave, server, kept, effort, seen, last } = bench();
    server.trouble = "retry";
    autosave.changed(bytes(1, 0), effort(1));
    expect(await autosave.flush()).toBe(false);
    await vi.advanceTimersByTimeAsync(60_000);
    const waits = seen.flatMap((status) => (status.kind === "retrying" ? [status.seconds] : []));
    expect(waits.slice(0, 6)).toEqual([1, 2, 4, 8, 15, 15]);
    expect(kept.bytes).toEqual(bytes(1, 0));
    server.trouble = null;
    await vi.advanceTimersByTimeAsync(31_000);
    expect(last()).toBe("saved");
    expect(server.bytes).toEqual(bytes(1, 0));
    expect(kept.bytes).toBeNull();
  });

  it("sees its own save in a newer version whose answer was lost", async () => {
    const { autosave, server, effort, last, version } = bench();
    server.loseAnswer = true;
    autosave.changed(bytes(1, 0), effort(1));
    await autosave.flush();
    server.loseAnswer = false;
    autosave.changed(bytes(1, 1), effort(2));
    await autosave.flush();
    expect(last()).toBe("saved");
    expect(server.bytes).toEqual(bytes(1, 1));
    expect(version()).toBe(2);
  });

  it("saves the undo of a stroke whose save got no answer", async () => {
    const { autosave, server, effort } = bench();
    server.loseAnswer = true;
    autosave.changed(bytes(1, 0), effort(1));
    await autosave.flush();
    server.loseAnswer = false;
    autosave.changed(bytes(0, 0), effort(2));
    expect(await autosave.flush()).toBe(true);
    expect(server.bytes).toEqual(bytes(0, 0));
  });

  it("sends nothing when the mask is back to what is stored, unless forced", async () => {
    const { autosave, server, effort } = bench();
    autosave.changed(bytes(0, 0), effort(1));
    expect(await autosave.flush()).toBe(true);
    expect(server.puts).toBe(0);
    expect(await autosave.flush({ force: true })).toBe(true);
    expect(server.version).toBe(1);
  });

  it("stops before a version of somebody else, keeps both, and goes on as told: mine", async () => {
    const { autosave, server, kept, effort, seen, last } = bench();
    server.version = 1;
    server.bytes = bytes(7, 7);
    autosave.changed(bytes(1, 0), effort(1));
    expect(await autosave.flush()).toBe(false);
    expect(seen.at(-1)).toEqual({
      kind: "conflict",
      theirs: { bytes: bytes(7, 7), version: 1 },
      mine: bytes(1, 0),
    });
    autosave.changed(bytes(1, 1), effort(2));
    expect(await autosave.flush()).toBe(false);
    expect(server.bytes).toEqual(bytes(7, 7));
    expect(kept.bytes).toEqual(bytes(1, 1));
    autosave.keepMine();
    await autosave.flush();
    expect(last()).toBe("saved");
    expect(server.bytes).toEqual(bytes(1, 1));
    expect(server.version).toBe(2);
  });

  it("goes on as told: theirs", async () => {
    const { autosave, server, kept, effort, last } = bench();
    server.version = 1;
    server.bytes = bytes(7, 7);
    autosave.changed(bytes(1, 0), effort(1));
    await autosave.flush();
    expect(await autosave.takeTheirs()).toBe(true);
    expect(last()).toBe("saved");
    expect(kept.bytes).toBeNull();
    expect(server.beside).toEqual([bytes(1, 0)]);
    autosave.changed(bytes(7, 1), effort(2));
    expect(await autosave.flush()).toBe(true);
    expect(server.bytes).toEqual(bytes(7, 1));
  });

  it("brings what was drawn while both were compared beside theirs, too, or does not let it go", async () => {
    const { autosave, server, kept, effort, last } = bench();
    server.version = 1;
    server.bytes = bytes(7, 7);
    autosave.changed(bytes(1, 0), effort(1));
    await autosave.flush();
    autosave.changed(bytes(1, 1), effort(2));
    server.trouble = "retry";
    expect(await autosave.takeTheirs()).toBe(false);
    expect(last()).toBe("conflict");
    expect(kept.bytes).toEqual(bytes(1, 1));
    server.trouble = null;
    expect(await autosave.takeTheirs()).toBe(true);
    expect(server.beside).toEqual([bytes(1, 0), bytes(1, 1)]);
  });

  it("tells a refusal, keeps the work, and tries again with the next change", async () => {
    const { autosave, server, kept, effort, last } = bench();
    server.trouble = "refused";
    autosave.changed(bytes(9, 0), effort(1));
    expect(await autosave.flush()).toBe(false);
    expect(last()).toBe("refused");
    expect(kept.bytes).toEqual(bytes(9, 0));
    server.trouble = null;
    autosave.changed(bytes(1, 0), effort(2));
    expect(await autosave.flush()).toBe(true);
    expect(last()).toBe("saved");
  });
});
