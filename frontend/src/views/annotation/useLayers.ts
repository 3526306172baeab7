import { ref, shallowRef, watch } from "vue";

import type { ImageOut } from "@/api/types";
import type { Surface } from "@/viewer";

import { fetchMask, fetchUncertainty } from "./server";

export type LaidIn = "changed" | "same" | "none";

/** What lies over the image besides the mask: the network's suggestion, its uncertainty, or another person's version. */
export function useLayers(surface: Surface) {
  const suggestion = shallowRef<Uint8Array | null>(null);
  const hasHeat = ref(false);
  /** another version of the mask that is looked at instead of the suggestion */
  const other = shallowRef<Uint8Array | null>(null);
  let opening = 0;

  /** Fetches the layers of an image that has just been opened. A layer that cannot be had is left out. */
  async function load(image: ImageOut): Promise<void> {
    const mine = ++opening;
    suggestion.value = null;
    other.value = null;
    hasHeat.value = false;
    const [mask, heat] = await Promise.all([
      image.automatic ? fetchMask(image.id, "network").catch(() => null) : null,
      image.automatic?.uncertainty || image.pick?.uncertainty
        ? fetchUncertainty(image.id).catch(() => null)
        : null,
    ]);
    if (mine !== opening) return;
    suggestion.value = mask?.bytes ?? null;
    hasHeat.value = heat !== null;
    surface.setHeat(heat);
  }

  watch([suggestion, other], () => {
    surface.setOutline(other.value ?? suggestion.value);
  });

  /** Takes the suggestion over. "same" when the mask is that already. */
  function layIn(): LaidIn {
    if (!suggestion.value) return "none";
    return surface.layIn(suggestion.value) ? "changed" : "same";
  }

  /** The known mask of a generated image, in the example project only. */
  async function layInTruth(image: ImageOut): Promise<LaidIn> {
    const truth = await fetchMask(image.id, "truth");
    if (!truth || surface.state.picture?.id !== image.id) return "none";
    return surface.layIn(truth.bytes) ? "changed" : "same";
  }

  return { suggestion, hasHeat, other, load, layIn, layInTruth };
}
