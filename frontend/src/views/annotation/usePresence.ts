import { computed, onBeforeUnmount, onMounted, ref, shallowRef } from "vue";

import { admission, post } from "@/api/client";
import type { PresenceOut } from "@/api/types";
import type { Surface } from "@/viewer";

import { lives, openPages, page } from "./page";

/** The server forgets who is silent for 70 seconds. */
const EVERY_MS = 12_000;
/** What another tab says of itself is with the server by then. */
const SETTLED_MS = 300;

const address = (image: number): string => `/images/${String(image)}/presence`;

/** Says that this tab has an image open, and hears of the others that have: before anything is drawn twice. */
export function usePresence(surface: Surface) {
  const others = shallowRef<PresenceOut[]>([]);
  /** who was there before this tab, by name */
  const before = shallowRef<ReadonlySet<string>>(new Set());
  /** the person has seen the notice about these, and draws all the same */
  const accepted = shallowRef<ReadonlySet<string>>(new Set());
  /** the person has chosen to look only */
  const looking = ref(false);
  let open: { image: number; draws: boolean } | null = null;
  let timer: ReturnType<typeof setInterval> | undefined;
  let heard = false;
  let channel = typeof BroadcastChannel === "function" ? new BroadcastChannel("winnow.presence") : null;

  const keyOf = ({ name, since }: PresenceOut): string => `${name} ${since}`;

  async function beat(): Promise<void> {
    if (!open) return;
    const { image, draws } = open;
    try {
      const here = await post<PresenceOut[]>(address(image), { page, drawing: draws && !looking.value });
      const tabs = await openPages();
      if (open.image !== image) return;
      // a tab of this browser that is gone without a word does not count
      others.value = here.filter((one) => one.page === null || lives(one.page, tabs) !== false);
      if (!heard) before.value = new Set(others.value.map(keyOf));
      heard = true;
    } catch {
      // who is there is a courtesy: saving tells whether the server can be reached
    }
  }

  /** From now on this tab shows this image. */
  function enter(image: number, draws: boolean): void {
    if (open?.image === image) return;
    leave();
    open = { image, draws };
    others.value = [];
    before.value = accepted.value = new Set();
    looking.value = heard = false;
    // the others ask once the server knows of this tab
    void beat().then(() => channel?.postMessage(image));
    timer = setInterval(() => void beat(), EVERY_MS);
  }

  function leave(): void {
    clearInterval(timer);
    if (!open) return;
    const { image } = open;
    open = null;
    channel?.postMessage(image);
    // outlives the page; a server that is away forgets by itself
    void fetch(`/api${address(image)}?page=${page}`, {
      method: "DELETE",
      headers: admission(),
      keepalive: true,
    }).catch(() => undefined);
  }

  function look(only: boolean): void {
    if (!open?.draws) return;
    surface.settle();
    looking.value = only;
    surface.state.readonly = only;
    void beat();
  }

  function drawAllTheSame(): void {
    accepted.value = new Set(others.value.map(keyOf));
    if (looking.value) look(false);
  }

  /** Those who draw on this image and have not been spoken of yet. */
  const drawing = computed(() => others.value.filter((one) => one.drawing && !accepted.value.has(keyOf(one))));
  const cameFirst = computed(() => drawing.value.some((one) => before.value.has(keyOf(one))));

  if (channel)
    channel.onmessage = ({ data }: MessageEvent<number>) => {
      if (data === open?.image) setTimeout(() => void beat(), SETTLED_MS);
    };
  onMounted(() => {
    window.addEventListener("pagehide", leave);
  });
  onBeforeUnmount(() => {
    window.removeEventListener("pagehide", leave);
    leave();
    channel?.close();
    channel = null;
  });

  return { drawing, cameFirst, looking, enter, leave, look, drawAllTheSame };
}

export type Presence = ReturnType<typeof usePresence>;
