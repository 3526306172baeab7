import { computed, ref, shallowRef, watch } from "vue";

import { getAll } from "@/api/client";
import type { ImageOut } from "@/api/types";
import { interpolate, Mask, type Surface } from "@/viewer";

import { fetchMask } from "./server";

export type Taken = "changed" | "same" | "gone" | "otherSize";
export type Side = "before" | "after";

/** Whether an image belongs to a series. */
export const isSlice = (image: ImageOut | null): boolean => image !== null && image.series !== null;

const isDrawn = ({ annotation }: ImageOut): boolean =>
  Object.values((annotation?.["class_pixels"] ?? {}) as Record<string, number>).some((pixels) => pixels > 0);

/** The slices of a series in their order, and of those the nearest ones on both sides of one image. */
export function neighbours(slices: readonly ImageOut[], image: ImageOut) {
  const before = slices.filter(({ index }) => index < image.index).sort((a, b) => b.index - a.index);
  const after = slices.filter(({ index }) => index > image.index).sort((a, b) => a.index - b.index);
  const drawn = { before: before.find(isDrawn) ?? null, after: after.find(isDrawn) ?? null };
  return { before: before.at(0) ?? null, after: after.at(0) ?? null, drawn };
}

/** The other slices of the open image's series: their masks may be copied, or stand on both sides of this one's. */
export function useNeighbours(surface: Surface, image: () => ImageOut | null) {
  const slices = shallowRef<ImageOut[]>([]);
  /** only the chosen class is taken over */
  const part = ref(false);
  const none = { before: null, after: null, drawn: { before: null, after: null } };
  const around = computed(() => {
    const open = image();
    return open && isSlice(open) ? neighbours(slices.value, open) : none;
  });

  /** Other people draw, too: asked again whenever it matters. */
  async function refresh(): Promise<void> {
    const open = image();
    if (!open || !isSlice(open)) return;
    const found = await getAll<ImageOut>(`/projects/${String(open.project)}/images`, { series: open.series });
    if (image()?.series === open.series) slices.value = found;
  }

  watch(
    () => image()?.series,
    () => {
      slices.value = [];
    },
  );

  const chosen = (): number | null => (part.value ? surface.state.label : null);

  /** Whether the open image is still this one, and its mask as large as the other's. */
  const fits = (open: ImageOut, other: ImageOut): boolean =>
    other.width === open.width && other.height === open.height;

  async function copy(side: Side): Promise<Taken> {
    await refresh();
    const open = image();
    const other = around.value[side];
    const mask = other && (await fetchMask(other.id, "annotation"));
    if (!open || !other || !mask || image()?.id !== open.id) return "gone";
    if (!fits(open, other)) return "otherSize";
    return surface.layOver(mask.bytes, chosen()) ? "changed" : "same";
  }

  /** Lays in what lies between the nearest drawn slices. */
  async function between(): Promise<Taken> {
    await refresh();
    const open = image();
    const { before, after } = around.value.drawn;
    if (!open || !before || !after) return "gone";
    const [one, two] = await Promise.all([fetchMask(before.id, "annotation"), fetchMask(after.id, "annotation")]);
    if (!one || !two || image()?.id !== open.id) return "gone";
    if (!fits(open, before) || !fits(open, after)) return "otherSize";
    const { width, height } = open;
    const place = (open.index - before.index) / (after.index - before.index);
    const made = interpolate(new Mask(width, height, one.bytes), new Mask(width, height, two.bytes), place);
    return surface.layOver(made, chosen()) ? "changed" : "same";
  }

  return { around, part, refresh, copy, between };
}

export type Neighbours = ReturnType<typeof useNeighbours>;
