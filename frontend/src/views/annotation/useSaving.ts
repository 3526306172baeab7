import { computed, onBeforeUnmount, onMounted, ref, shallowRef, watch } from "vue";

import { ApiError } from "@/api/client";
import type { ImageOut, ImageState } from "@/api/types";
import type { Surface } from "@/viewer";

import { ActiveTime } from "./activity";
import { Autosave, type Effort, type Saved, type SaveStatus } from "./autosave";
import { Journal } from "./journal";
import { openingOf, type Restored } from "./keeping";
import { fetchMask, judge, putMask, saveMask } from "./server";
import { add, adopt, begin, forget, type Trouble } from "./unsaved";

export interface SavingOptions {
  surface: Surface;
  user: () => number;
  onSaved: (image: number, state: ImageState, version: number) => void;
  /** where the pixels of the mask come from, as JSON */
  provenance: () => string;
}

/** The mask of an image that nobody has drawn on. */
export const empty = (image: ImageOut): Saved => ({
  bytes: new Uint8Array(image.width * image.height),
  version: 0,
});

const STORE = { begin, add, forget };

/** Saves what is drawn on the surface, from `begin` for each image on. */
export function useSaving({ surface, user, onSaved, provenance }: SavingOptions) {
  const status = shallowRef<SaveStatus>({ kind: "saved" });
  const version = ref(0);
  /** why this browser does not keep what is not saved yet, or null when it does */
  const trouble = ref<Trouble | null>(null);
  let autosave: Autosave | null = null;
  let time = new ActiveTime();

  const effort = (): Effort => ({
    seconds: time.seconds,
    strokes: surface.state.strokes,
    provenance: provenance(),
  });

  function keeper(image: ImageOut, base: Saved, restored: Restored | null): Journal {
    const opening = openingOf(image, user());
    if (restored) void adopt(restored.unsaved.key, opening.key).catch(() => undefined);
    const kept = restored && { bytes: restored.bytes, strokes: restored.unsaved.patches.length };
    return new Journal(STORE, opening, base, (now) => (trouble.value = now), kept ?? undefined);
  }

  /** From now on this image is saved. `saved` is its mask on the server. */
  function start(image: ImageOut, saved: Saved, restored: Restored | null): void {
    end();
    time = new ActiveTime();
    note();
    const ours = restored !== null && restored.basedOn !== saved.version;
    const base = ours ? { bytes: restored.unsaved.base, version: restored.basedOn } : saved;
    version.value = base.version;
    status.value = { kind: "saved" };
    const journal = keeper(image, base, restored);
    if (restored && restored.basedOn !== restored.unsaved.basedOn) journal.rebase(saved);
    autosave = new Autosave({
      base,
      server: {
        async save(bytes, from, spent) {
          const answer = await saveMask(image, bytes, from, spent);
          onSaved(image.id, answer.state, answer.version);
          return answer.version;
        },
        newest: async () => (await fetchMask(image.id, "annotation")) ?? empty(image),
      },
      keeper: journal,
      judge,
      onStatus(now, at) {
        status.value = now;
        version.value = at;
      },
    });
  }

  /** What was kept here and cannot be laid in: the server holds it already, or keeps it beside an accepted mask. */
  async function handOver(saved: Saved, { unsaved, bytes, basedOn }: Restored): Promise<void> {
    try {
      if (surface.state.readonly) await putMask(unsaved.image, bytes, basedOn, { seconds: 0, strokes: 0 });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) return;
    }
    autosave?.nothingLeft(saved);
  }

  function end(): void {
    autosave?.stop();
    autosave = null;
  }

  // at once, not after the next render: the page never says "saved" of a stroke that is not
  watch(
    () => surface.state.revision,
    () => autosave?.changed(surface.bytes(), effort()),
    { flush: "sync" },
  );

  const settled = computed(() => status.value.kind === "saved" && !surface.state.painting);

  /** Takes what the other person drew, as an action that can be undone. */
  async function takeTheirs(): Promise<boolean> {
    if (status.value.kind !== "conflict") return true;
    const { theirs } = status.value;
    if (!(await autosave?.takeTheirs())) return false;
    surface.layIn(theirs.bytes);
    return true;
  }

  function note(): void {
    if (document.visibilityState === "visible") time.note(performance.now() / 1000);
  }

  function warn(event: BeforeUnloadEvent): void {
    if (!settled.value) event.preventDefault();
  }

  function retry(): void {
    if (["retrying", "refused", "signedOut"].includes(status.value.kind)) void autosave?.flush();
  }

  /** The tab goes to the background, or away: nothing waits for the next stroke any more. */
  function hide(): void {
    if (document.visibilityState === "hidden" && status.value.kind === "saving") void autosave?.flush();
  }

  const ACTIONS = ["pointerdown", "pointermove", "keydown", "wheel"] as const;
  onMounted(() => {
    for (const action of ACTIONS) window.addEventListener(action, note, { passive: true });
    window.addEventListener("beforeunload", warn);
    window.addEventListener("online", retry);
    document.addEventListener("visibilitychange", hide);
  });
  onBeforeUnmount(() => {
    for (const action of ACTIONS) window.removeEventListener(action, note);
    window.removeEventListener("beforeunload", warn);
    window.removeEventListener("online", retry);
    document.removeEventListener("visibilitychange", hide);
    end();
  });

  return {
    status,
    version,
    settled,
    trouble,
    begin: start,
    handOver,
    end,
    retry,
    takeTheirs,
    keepMine: (): void => autosave?.keepMine(),
    /** True once the server has everything; `force` makes a first version of a mask that is empty. */
    flush: async (options?: { force?: boolean }): Promise<boolean> =>
      (await autosave?.flush(options)) ?? true,
  };
}

export type Saving = ReturnType<typeof useSaving>;
