import { ElMessage } from "element-plus";
import { watch } from "vue";
import { useI18n } from "vue-i18n";

import type { ImageOut } from "@/api/types";
import { useWords } from "@/components/words";
import type { Surface } from "@/viewer";

import { isSlice, useNeighbours, type Side, type Taken } from "./useNeighbours";

/** Takes masks over from other slices and says what came of it; says, too, why a locked class cannot be drawn. */
export function useSliceCommands(surface: Surface, image: () => ImageOut | null) {
  const { t } = useI18n();
  const { complain } = useWords();
  const slices = useNeighbours(surface, image);

  const inform = (message: string): void => void ElMessage({ type: "info", message, grouping: true });

  async function run(work: () => Promise<Taken>, none: string): Promise<void> {
    if (surface.state.readonly || !surface.state.ready) return;
    if (!isSlice(image())) {
      inform(t("drawing.noSeries"));
      return;
    }
    try {
      const taken = await work();
      if (taken === "same") inform(t("drawing.copied"));
      else if (taken === "otherSize") inform(t("drawing.otherSize"));
      else if (taken === "gone") inform(none);
    } catch (error) {
      complain(error);
    }
  }

  watch(
    () => surface.state.refused,
    (refused) => {
      const label = surface.state.labels.find(({ value }) => value === refused?.label);
      if (label) inform(t("drawing.lockedSaid", { name: label.name }));
    },
  );

  return {
    slices,
    copy: (side: Side): Promise<void> => run(() => slices.copy(side), t("drawing.gone")),
    between: (): Promise<void> => run(() => slices.between(), t("drawing.noBetween")),
  };
}
