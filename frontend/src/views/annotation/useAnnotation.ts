import { useQueryClient } from "@tanstack/vue-query";
import { computed, shallowReactive, watch } from "vue";
import { useRoute, useRouter } from "vue-router";

import { ApiError } from "@/api/client";
import { refreshProjects, useProject, useRounds } from "@/api/hooks";
import type { ImageOut, PickOut } from "@/api/types";
import { useSession } from "@/stores/session";
import { useViewer } from "@/viewer";

import { fetchAhead, load, taken, type Loaded } from "./ahead";
import { leftOpen, restore } from "./keeping";
import { commentImage, fetchImage, leaseNext, segmentImage, skipImage, submitImage } from "./server";
import { useLayers } from "./useLayers";
import { usePresence } from "./usePresence";
import { useSaving } from "./useSaving";

interface Page {
  phase: "loading" | "open" | "nothing" | "failed";
  image: ImageOut | null;
  failure: unknown;
  /** what drew this image is back from this browser's memory */
  restored: boolean;
  busy: boolean;
}

const HANDED_IN = ["submitted", "accepted"];
const WAITING = ["picked", "draft", "rejected"];

/** The page's flow: which image is open, and the steps from one to the next. */
export function useAnnotation() {
  const surface = useViewer();
  const layers = useLayers(surface);
  const { project } = useProject();
  const { rounds } = useRounds();
  const session = useSession();
  const client = useQueryClient();
  const route = useRoute();
  const router = useRouter();
  const page = shallowReactive<Page>({
    phase: "loading",
    image: null,
    failure: null,
    restored: false,
    busy: false,
  });
  let opening = 0;

  const presence = usePresence(surface);
  const saving = useSaving({
    surface,
    user: () => session.user?.id ?? 0,
    provenance: () => layers.provenance(page.image),
    onSaved(id, state, version) {
      if (page.image?.id !== id) return;
      const moved = state !== page.image.state;
      page.image = { ...page.image, state, version };
      if (moved) void refreshProjects(client);
    },
  });

  watch(
    () => project.value?.labels,
    (labels) => {
      if (labels) surface.setLabels(labels);
    },
    { immediate: true },
  );

  const free = (one: PickOut): boolean =>
    WAITING.includes(one.state) && (one.leased_to === null || one.leased_to === session.user?.name);

  // who waits on the empty page for the next round is taken on by it
  watch(
    () => rounds.value.some(({ picks }) => picks.some(free)),
    (some) => {
      if (some && page.phase === "nothing") void next();
    },
  );

  /** The round the open image was picked in, or else the newest. */
  const round = computed(() => {
    const id = page.image?.id;
    return (
      rounds.value.find(({ picks }) => picks.some(({ image }) => image === id)) ?? rounds.value.at(0) ?? null
    );
  });
  const pick = computed(() => round.value?.picks.find(({ image }) => image === page.image?.id) ?? null);

  async function show(loaded: Loaded, mine: number): Promise<void> {
    const { image, picture, saved } = loaded;
    if (image.project !== project.value?.id) {
      // the page starts anew for the project the image belongs to
      await router.replace({ query: { project: String(image.project), image: String(image.id) } });
      return;
    }
    const restored = await restore(image, session.user?.id ?? 0, saved);
    if (mine !== opening) return;
    const readonly = image.state === "accepted";
    surface.open(picture, saved.bytes, { readonly });
    saving.begin(image, saved, restored);
    Object.assign(page, { image, phase: "open" });
    page.restored = restored !== null && surface.layIn(restored.bytes);
    if (restored && !page.restored) void saving.handOver(saved, restored);
    presence.enter(image.id, !readonly);
    void layers.load(image);
    void router.replace({ query: { ...route.query, image: String(image.id) } });
    fetchBeside(image.id);
    if (loaded.ahead) void look(image, mine);
  }

  /** Looks whether an image that was fetched ahead is still as it was then. */
  async function look(then: ImageOut, mine: number): Promise<void> {
    try {
      const image = await fetchImage(then.id);
      if (mine !== opening || page.image?.id !== image.id) return;
      const untouched = saving.settled.value && saving.version.value === then.version;
      if (image.version !== then.version && untouched) await show(await load(image), mine);
      else if (image.version >= page.image.version) page.image = image;
    } catch {
      // saving says what is wrong, if it is
    }
  }

  /** Ends the work on the open image: all of it is on the server then. False (and said so) when it is not. */
  async function leave(): Promise<boolean> {
    surface.settle();
    return page.phase !== "open" || (await saving.flush());
  }

  /** False when the open image cannot be left yet. */
  async function go(find: () => Promise<Loaded | null>): Promise<boolean> {
    const mine = ++opening;
    if (!(await leave())) return false;
    if (mine !== opening) return true;
    surface.lock();
    if (page.phase !== "open") page.phase = "loading";
    try {
      const loaded = await find();
      if (mine !== opening) return true;
      if (loaded) await show(loaded, mine);
      else nothing();
    } catch (failure) {
      if (mine !== opening) return true;
      close("failed");
      page.failure = failure;
    }
    return true;
  }

  function close(phase: "nothing" | "failed"): void {
    saving.end();
    presence.leave();
    surface.close();
    Object.assign(page, { phase, image: null });
  }

  function nothing(): void {
    close("nothing");
    void refreshProjects(client);
    void router.replace({ query: { ...route.query, image: undefined } });
  }

  const open = (id: number): Promise<boolean> =>
    go(async () => (await taken(id)) ?? load(await fetchImage(id)));

  const next = (): Promise<boolean> =>
    go(async () => {
      const image = await leaseNext(project.value?.id ?? 0);
      const ahead = image && (await taken(image.id));
      // what was fetched ahead of a version that is no more is of no use
      return ahead?.image.version === image?.version ? ahead && { ...ahead, image, ahead: false } : image && load(image);
    });

  /** What a reload or a link asks for; then what this browser still holds unsaved; then my next pick. */
  async function start(): Promise<boolean> {
    const asked = Number(route.query["image"]);
    if (Number.isInteger(asked) && asked > 0) return open(asked);
    const kept = (await leftOpen(session.user?.id ?? 0, project.value?.id ?? 0)).at(0);
    return kept ? open(kept.image) : next();
  }

  /** After a failure: the same image again, or another when there is no such image. */
  function retry(): Promise<boolean> {
    return page.failure instanceof ApiError && page.failure.status === 404 ? next() : start();
  }

  /** Has the network in use label the open image now. */
  async function suggest(): Promise<void> {
    const { image } = page;
    if (!image) return;
    const job = await segmentImage(image.id);
    if (job.state === "failed") throw new Error(job.message);
    const fresh = await fetchImage(image.id);
    if (page.image?.id !== image.id) return;
    page.image = { ...page.image, automatic: fresh.automatic };
    await layers.load(page.image);
  }

  /** Hands the image in, the newest strokes included, and goes to the next pick. */
  async function submit(): Promise<boolean> {
    if (page.busy || !page.image || page.phase !== "open") return true;
    page.busy = true;
    try {
      if (!(await leave())) return false;
      const { id } = page.image;
      if (!HANDED_IN.includes(page.image.state)) {
        // nothing to see is an answer too: an empty mask is saved for it
        if (!["draft", "rejected"].includes(page.image.state) && !(await saving.flush({ force: true })))
          return false;
        await submitImage(id);
      }
      // first the next image, then what the rest of the page says of the round: the server is asked for much there
      return await next().finally(() => void refreshProjects(client));
    } finally {
      page.busy = false;
    }
  }

  async function skip(reason: string): Promise<boolean> {
    if (!page.image || !(await leave())) return false;
    await skipImage(page.image.id, reason);
    return next().finally(() => void refreshProjects(client));
  }

  /** The pick before or after the open one in rank order; at the ends there is none. */
  async function step(by: 1 | -1): Promise<boolean> {
    const picks = round.value?.picks ?? [];
    const target = picks.at(Math.max(0, picks.findIndex(({ image }) => image === page.image?.id) + by));
    return target && target.image !== page.image?.id ? open(target.image) : true;
  }

  /** Says something to the reviewer. */
  async function comment(text: string): Promise<void> {
    const { image } = page;
    if (!image) return;
    const fresh = await commentImage(image.id, text);
    if (page.image?.id === image.id) page.image = { ...page.image, comment: fresh.comment };
  }

  /** Fetches the picks before and after the open one, and the one that most likely comes next. */
  function fetchBeside(current: number): void {
    const picks = round.value?.picks ?? [];
    const at = picks.findIndex(({ image }) => image === current);
    const beside = at < 0 ? [] : [picks[at + 1], at > 0 ? picks[at - 1] : undefined];
    for (const one of [picks.find((pick) => pick.image !== current && free(pick)), ...beside])
      if (one) fetchAhead(one.image);
  }

  return {
    ...{ surface, layers, saving, presence, page, project, round, pick },
    ...{ start, retry, open, suggest, submit, skip, step, comment },
  };
}
