import { watch } from "vue";

import type { ImageOut } from "@/api/types";
import type { Surface } from "@/viewer";

import { fetchWindows } from "./server";

/** Asks which windows the open image's file names; only DICOM files name any, and without an answer there is the first. */
export function useWindows(surface: Surface, opened: () => ImageOut | null): void {
  watch(
    () => opened()?.id,
    async (id) => {
      if (id === undefined || !opened()?.modality) return;
      try {
        const windows = await fetchWindows(id);
        if (surface.state.picture?.id === id) surface.setWindows(windows);
      } catch {
        // the presets of the modality are there still
      }
    },
  );
}
