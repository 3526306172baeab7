import { useQueryClient } from "@tanstack/vue-query";
import { computed, shallowReactive, watch } from "vue";
import { useRoute, useRouter } from "vue-router";

import { ApiError } from "@/api/client";
import { refreshProjects, useProject, useRounds } from "@/api/hooks";
import type { ImageOut, PickOut } from "@/api/types";
import { useSession } from "@/stores/session";
import { useViewer } from "@/viewer";

import {
  fetchImage,
  fetchMask,
  fetchPicture,
  leaseNext,
  segmentImage,
  skipImage,
  submitImage,
} from "./server";
import { unsavedOf, type Unsaved } from "./unsaved";
import { useLayers } from "./useLayers";
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

  const saving = useSaving({
    surface,
    user: () => session.user?.id ?? 0,
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

  async function unsaved(): Promise<Unsaved[]> {
    return unsavedOf(session.user?.id ?? 0, project.value?.id ?? 0);
  }

  async function show(image: ImageOut, mine: number): Promise<void> {
    if (image.project !== project.value?.id) {
      // the page starts anew for the project the image belongs to
      await router.replace({ query: { project: String(image.project), image: String(image.id) } });
      return;
    }
    const [picture, saved, kept] = await Promise.all([
      fetchPicture(image),
      image.version > 0 ? fetchMask(image.id, "annotation") : null,
      unsaved(),
    ]);
    if (mine !== opening) return;
    const restored = kept.find(
      (one) => one.image === image.id && one.bytes.length === image.width * image.height,
    );
    surface.open(picture, saved?.bytes ?? null, { readonly: image.state === "accepted" });
    saving.begin(image, saved, restored ?? null);
    Object.assign(page, { image, phase: "open" });
    page.restored = restored !== undefined && surface.layIn(restored.bytes);
    if (restored && !page.restored) void saving.handOver(restored);
    void layers.load(image);
    void router.replace({ query: { ...route.query, image: String(image.id) } });
    void prefetch(image.id);
  }

  /** Ends the work on the open image: all of it is on the server then. False (and said so) when it is not. */
  async function leave(): Promise<boolean> {
    surface.settle();
    return page.phase !== "open" || (await saving.flush());
  }

  /** False when the open image cannot be left yet. */
  async function go(find: () => Promise<ImageOut | null>): Promise<boolean> {
    const mine = ++opening;
    if (!(await leave())) return false;
    if (mine !== opening) return true;
    surface.lock();
    if (page.phase !== "open") page.phase = "loading";
    try {
      const image = await find();
      if (mine !== opening) return true;
      if (image) await show(image, mine);
      else nothing();
    } catch (failure) {
      if (mine !== opening) return true;
      saving.end();
      surface.close();
      Object.assign(page, { phase: "failed", failure, image: null });
    }
    return true;
  }

  function nothing(): void {
    saving.end();
    surface.close();
    Object.assign(page, { phase: "nothing", image: null });
    void refreshProjects(client);
    void router.replace({ query: { ...route.query, image: undefined } });
  }

  const open = (id: number): Promise<boolean> => go(() => fetchImage(id));

  const next = (): Promise<boolean> => go(() => leaseNext(project.value?.id ?? 0));

  /** What a reload or a link asks for; then what this browser still holds unsaved; then my next pick. */
  async function start(): Promise<boolean> {
    const asked = Number(route.query["image"]);
    if (Number.isInteger(asked) && asked > 0) return open(asked);
    const kept = (await unsaved()).at(0);
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
        void refreshProjects(client);
      }
      return await next();
    } finally {
      page.busy = false;
    }
  }

  async function skip(reason: string): Promise<boolean> {
    if (!page.image || !(await leave())) return false;
    await skipImage(page.image.id, reason);
    void refreshProjects(client);
    return next();
  }

  /** The pick before or after the open one in rank order; at the ends there is none. */
  async function step(by: 1 | -1): Promise<boolean> {
    const picks = round.value?.picks ?? [];
    const target = picks.at(Math.max(0, picks.findIndex(({ image }) => image === page.image?.id) + by));
    return target && target.image !== page.image?.id ? open(target.image) : true;
  }

  /** Fetches the pixels of the pick that most likely comes next. */
  async function prefetch(current: number): Promise<void> {
    const coming = round.value?.picks.find((one) => one.image !== current && free(one));
    if (!coming) return;
    try {
      await fetchPicture(await fetchImage(coming.image));
    } catch {
      // it is fetched again, and failures told, once it is opened
    }
  }

  return {
    ...{ surface, layers, saving, page, project, round, pick },
    ...{ start, retry, open, suggest, submit, skip, step },
  };
}
