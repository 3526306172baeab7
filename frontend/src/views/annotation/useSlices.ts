import { onBeforeUnmount, shallowRef, watch } from "vue";

import { getAll } from "@/api/client";
import type { ImageOut } from "@/api/types";
import { nearestFirst, LatestUsed, type Peek, type Stack, type Surface } from "@/viewer";

import { fetchMask, readPicture } from "./server";

/** Bytes of neighbouring slices that are kept ready: 40 slices of 512 x 512 take 31 MB. */
const BUDGET = 384 * 2 ** 20;
const AT_ONCE = 3;

const sizeOf = ({ picture, mask }: Peek): number => picture.pixels.byteLength + (mask?.byteLength ?? 0);

/**
 * The series of the open image, to scroll through: other slices are looked at, with their masks, while the open image
 * stays the one that is drawn on. Those nearest to the one on the screen are fetched ahead.
 */
export function useSlices(surface: Surface, opened: () => ImageOut | null) {
  const stack = shallowRef<Stack | null>(null);
  const kept = new LatestUsed<Peek>(BUDGET);
  let slices: ImageOut[] = [];
  let series = 0;
  let ahead: 1 | -1 = 1;
  let round = 0;
  let running = 0;
  const failed = new Set<number>();
  /** how often an image has been the open one and was left: what was fetched of it before is out of date */
  const left = new Map<number, number>();

  function forget(): void {
    round++;
    slices = [];
    series = 0;
    stack.value = null;
    kept.clear();
    failed.clear();
  }

  async function load(image: ImageOut): Promise<void> {
    if (image.series === null) {
      forget();
      return;
    }
    if (image.series !== series) {
      forget();
      const mine = round;
      series = image.series;
      const all = await getAll<ImageOut>(`/projects/${String(image.project)}/images`, { series });
      if (mine !== round) return;
      slices = all.sort((a, b) => a.index - b.index || a.id - b.id);
    }
    settle(image);
  }

  /** The image is open: it is home now, and what is known of it is what the page knows. */
  function settle(image: ImageOut): void {
    const home = slices.findIndex(({ id }) => id === image.id);
    if (home < 0 || slices.length < 2) {
      stack.value = null;
      return;
    }
    const before = stack.value && slices.at(stack.value.home);
    // what was drawn on the one that was open is on the server now
    if (before && before.id !== image.id) {
      kept.drop(before.id);
      left.set(before.id, (left.get(before.id) ?? 0) + 1);
    }
    const moved = stack.value?.home !== home;
    slices[home] = image;
    if (!moved) return;
    stack.value = { at: home, home, count: slices.length, waiting: false };
    prefetch();
  }

  async function fetchSlice(image: ImageOut): Promise<Peek> {
    const [picture, mask] = await Promise.all([
      readPicture(image),
      image.version > 0 ? fetchMask(image.id, "annotation") : null,
    ]);
    return { picture, mask: mask?.bytes ?? null };
  }

  /** Fetches what is missing nearest to the slice on the screen, a few at once. */
  function prefetch(): void {
    const { value } = stack;
    if (!value) return;
    const { width, height, channels } = slices[value.home];
    const most = Math.max(1, Math.floor(BUDGET / (width * height * (2 * channels + 1))) - 1);
    const missing = nearestFirst(value.at, value.count, ahead, most).filter(
      (place) => place !== value.home && !kept.has(slices[place].id) && !coming.has(slices[place].id),
    );
    for (const place of missing.slice(0, Math.max(0, AT_ONCE - running))) {
      if (!failed.has(slices[place].id)) void fetchOne(slices[place]);
    }
  }

  const coming = new Set<number>();

  async function fetchOne(image: ImageOut): Promise<void> {
    const mine = round;
    const times = left.get(image.id);
    running++;
    coming.add(image.id);
    try {
      const slice = await fetchSlice(image);
      if (mine === round && image.id !== homeId() && times === left.get(image.id)) kept.put(image.id, slice, sizeOf(slice));
    } catch {
      // asked for again once somebody goes there
      failed.add(image.id);
    } finally {
      running--;
      coming.delete(image.id);
    }
    if (mine !== round) return;
    if (stack.value?.waiting) show();
    prefetch();
  }

  const homeId = (): number => (stack.value ? slices[stack.value.home].id : 0);

  /** Puts the slice on the screen if it is here; else the one before it stays until it comes. */
  function show(): void {
    const { value } = stack;
    if (!value) return;
    const home = value.at === value.home;
    const slice = home ? null : kept.get(slices[value.at].id);
    if (slice !== undefined) surface.peek(slice);
    stack.value = { ...value, waiting: slice === undefined };
  }

  /** Looks at the slice at a place. Returns false where there is none. */
  function go(to: number): boolean {
    const { value } = stack;
    if (!value || !surface.state.ready) return false;
    const at = Math.min(value.count - 1, Math.max(0, to));
    if (at === value.at) return value.count > 1;
    ahead = at > value.at ? 1 : -1;
    failed.delete(slices[at].id);
    surface.settle();
    stack.value = { ...value, at };
    show();
    prefetch();
    return true;
  }

  const step = (by: number): boolean => (stack.value ? go(stack.value.at + by) : false);

  /** Back to the open image. Returns false when it is on the screen already. */
  function back(): boolean {
    const { value } = stack;
    return value !== null && value.at !== value.home && go(value.home);
  }

  /** The neighbour that is on the screen; null while it is the open image. */
  const away = (): ImageOut | null =>
    stack.value && surface.state.peek ? (slices.at(stack.value.at) ?? null) : null;

  watch(opened, (image) => {
    if (image) load(image).catch(forget);
    else forget();
  });
  // undo and laying in bring the open image back by themselves
  watch(
    () => surface.state.peek,
    (peek) => {
      const { value } = stack;
      if (!peek && value && value.at !== value.home && !value.waiting)
        stack.value = { ...value, at: value.home };
    },
  );
  onBeforeUnmount(forget);

  return { stack, go, step, back, away };
}
