import { ElMessage } from "element-plus";
import { ref } from "vue";
import { useI18n } from "vue-i18n";

import { useWords } from "@/components/words";

import type { useAnnotation } from "./useAnnotation";
import type { LaidIn } from "./useLayers";

/** Asks for suggestions and lays them in; what cannot be seen of that is said. */
export function useSuggestion({ page, layers, suggest }: ReturnType<typeof useAnnotation>) {
  const { t } = useI18n();
  const { complain } = useWords();
  const asking = ref(false);

  /** A mask that was laid in is seen; that nothing came of it is said. */
  function told(laidIn: LaidIn, none: string): void {
    if (laidIn !== "changed")
      ElMessage({ type: "info", message: t(laidIn === "same" ? "annotation.same" : none) });
  }

  async function layInTruth(): Promise<void> {
    if (!page.image) return;
    try {
      told(await layers.layInTruth(page.image), "annotation.noTruth");
    } catch (error) {
      complain(error);
    }
  }

  /** All of the suggestion, or one class of it. */
  function layInSuggestion(value: number | null = null): void {
    told(layers.layIn(value), page.image?.blind ? "nets.blindAfter" : "annotation.noSuggestion");
  }

  async function ask(): Promise<void> {
    asking.value = true;
    try {
      await suggest();
    } catch (error) {
      complain(error);
    } finally {
      asking.value = false;
    }
  }

  return { asking, ask, layInSuggestion, layInTruth };
}
