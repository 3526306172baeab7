/** Whether the project's next step is being done at this moment: then there is nothing to do but wait, or go on elsewhere. */
import { computed } from "vue";
import { useI18n } from "vue-i18n";

import { useProject, useProjectJobs } from "@/api/hooks";
import { isActive } from "@/api/jobs";
import type { Step } from "@/api/types";

const KIND: Record<Step, string | null> = {
  upload: "ingest",
  query: "query",
  annotate: null,
  train: "train",
  autoannotate: "autoannotate",
  export: "export",
};

/** A sentence that says so, empty while nothing is under way. */
export function useAtWork() {
  const { t } = useI18n();
  const { project } = useProject();
  const { jobs } = useProjectJobs();
  return computed(() => {
    const kind = project.value && KIND[project.value.next_step];
    const job = jobs.value.find((one) => one.kind === kind && isActive(one));
    return job ? t("loop.atWork", { what: t(`jobs.kind.${job.kind}`) }) : "";
  });
}
