import { ref, shallowRef, watch } from "vue";

import type { ImageOut } from "@/api/types";
import type { Counts, Surface } from "@/viewer";

import { fetchMask, fetchProbabilities, fetchUncertainty } from "./server";

export type LaidIn = "changed" | "same" | "none";

/** Where the pixels of the mask on the server come from; null where nobody said. */
function earlier(image: ImageOut): Counts | null {
  return image.annotation?.provenance.pixels ?? null;
}

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
    surface.setHeat(null);
    // managers are handed out everything; whoever draws such an image does so without
    const automatic = image.blind ? null : image.automatic;
    const [mask, heat, chances] = await Promise.all([
      automatic ? fetchMask(image.id, "network").catch(() => null) : null,
      !image.blind && (automatic?.uncertainty || image.pick?.uncertainty)
        ? fetchUncertainty(image.id).catch(() => null)
        : null,
      automatic?.probabilities ? fetchProbabilities(image.id).catch(() => null) : null,
    ]);
    if (mine !== opening) return;
    suggestion.value = mask?.bytes ?? null;
    hasHeat.value = heat !== null;
    surface.setHeat(heat);
    const belief = { suggestion: suggestion.value, probabilities: chances?.bytes ?? null };
    surface.setBelief({ ...belief, classes: chances?.classes ?? [] }, earlier(image));
  }

  watch([suggestion, other], () => {
    surface.setOutline(other.value ?? suggestion.value);
  });

  /** Takes the suggestion over, or one class of it. "same" when the mask is that already. */
  function layIn(value: number | null = null): LaidIn {
    const changed = surface.acceptSuggestion(value);
    if (changed === null) return "none";
    return changed ? "changed" : "same";
  }

  /** The known mask of a generated image, in the example project only. */
  async function layInTruth(image: ImageOut): Promise<LaidIn> {
    const truth = await fetchMask(image.id, "truth");
    if (!truth || surface.state.picture?.id !== image.id) return "none";
    return surface.layOver(truth.bytes) ? "changed" : "same";
  }

  /** Where the pixels of the mask come from and which suggestion was shown, as a save says it. */
  function provenance(image: ImageOut | null): string {
    const shown = suggestion.value && image ? { suggestion: image.automatic?.id } : {};
    return JSON.stringify({ ...surface.sources(), ...shown });
  }

  return { suggestion, hasHeat, other, load, layIn, layInTruth, provenance };
}
