import { computed, onBeforeUnmount, onMounted, ref, shallowRef, watch } from "vue";

import { ApiError } from "@/api/client";
import type { ImageOut, ImageState } from "@/api/types";
import type { Surface } from "@/viewer";

import { ActiveTime } from "./activity";
import { Autosave, type Effort, type Saved, type SaveStatus } from "./autosave";
import { fetchMask, judge, putMask } from "./server";
import { forget, keep, type Unsaved } from "./unsaved";

export interface SavingOptions {
  surface: Surface;
  user: () => number;
  onSaved: (image: number, state: ImageState, version: number) => void;
}

const empty = (image: ImageOut): Saved => ({ bytes: new Uint8Array(image.width * image.height), version: 0 });

let openings = 0;

/** Saves what is drawn on the surface, from `begin` for each image on. */
export function useSaving({ surface, user, onSaved }: SavingOptions) {
  const status = shallowRef<SaveStatus>({ kind: "saved" });
  const version = ref(0);
  let autosave: Autosave | null = null;
  let time = new ActiveTime();

  const effort = (): Effort => ({ seconds: time.seconds, strokes: surface.state.strokes });

  /** From now on this image is saved. `saved` is its mask on the server, null for none yet. */
  function begin(image: ImageOut, saved: Saved | null, restored: Unsaved | null): void {
    end();
    time = new ActiveTime();
    note();
    const key =
      restored?.key ?? `${String(user())}/${String(image.id)}/${String(Date.now())}/${String(openings++)}`;
    const start = saved ?? empty(image);
    const basedOn = restored?.basedOn ?? start.version;
    version.value = basedOn;
    status.value = { kind: "saved" };
    autosave = new Autosave({
      // what the version held that was drawn on is not known once there is a newer one
      stored: basedOn === start.version ? start.bytes : null,
      version: basedOn,
      server: {
        async put(bytes, from, spent) {
          const answer = await putMask(image.id, bytes, from, spent);
          onSaved(image.id, answer.state, answer.version);
          return answer.version;
        },
        newest: async () => (await fetchMask(image.id, "annotation")) ?? empty(image),
      },
      keeper: {
        keep: (bytes, from) =>
          keep({
            key,
            user: user(),
            project: image.project,
            image: image.id,
            basedOn: from,
            bytes,
            at: Date.now(),
          }),
        forget: () => forget(key),
      },
      judge,
      onStatus(now, at) {
        status.value = now;
        version.value = at;
      },
    });
  }

  /** What was kept here and cannot be laid in: the server holds it already, or keeps it beside an accepted mask. */
  async function handOver({ key, image, bytes, basedOn }: Unsaved): Promise<void> {
    try {
      if (surface.state.readonly) await putMask(image, bytes, basedOn, { seconds: 0, strokes: 0 });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) return;
    }
    await forget(key);
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
  function takeTheirs(): void {
    if (status.value.kind !== "conflict") return;
    const { theirs } = status.value;
    autosave?.takeTheirs();
    surface.layIn(theirs.bytes);
  }

  function note(): void {
    if (document.visibilityState === "visible") time.note(performance.now() / 1000);
  }

  function warn(event: BeforeUnloadEvent): void {
    if (!settled.value) event.preventDefault();
  }

  function retry(): void {
    if (status.value.kind === "retrying" || status.value.kind === "refused") void autosave?.flush();
  }

  const ACTIONS = ["pointerdown", "pointermove", "keydown", "wheel"] as const;
  onMounted(() => {
    for (const action of ACTIONS) window.addEventListener(action, note, { passive: true });
    window.addEventListener("beforeunload", warn);
    window.addEventListener("online", retry);
  });
  onBeforeUnmount(() => {
    for (const action of ACTIONS) window.removeEventListener(action, note);
    window.removeEventListener("beforeunload", warn);
    window.removeEventListener("online", retry);
    end();
  });

  return {
    status,
    version,
    settled,
    begin,
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
