import { ElMessageBox } from "element-plus";
import { useI18n } from "vue-i18n";
import { onBeforeRouteLeave } from "vue-router";

import { useSession } from "@/stores/session";
import type { Surface } from "@/viewer";

import type { Saving } from "./useSaving";

const PATIENCE_MS = 3000;

/** Leaving for another page saves first; when that takes too long, the person is asked. */
export function useLeaveGuard(surface: Surface, saving: Saving): void {
  const { t } = useI18n();
  const session = useSession();

  onBeforeRouteLeave(async () => {
    surface.settle();
    const late = new Promise<boolean>((resolve) => setTimeout(resolve, PATIENCE_MS, false));
    if (saving.settled.value || (await Promise.race([saving.flush(), late]))) return true;
    // signed out: the page is left for the login, and the work waits in this browser
    if (session.user === null) return true;
    const options = {
      confirmButtonText: t("annotation.leave.go"),
      cancelButtonText: t("annotation.leave.stay"),
    };
    return ElMessageBox.confirm(t("annotation.leave.body"), t("annotation.leave.title"), options).then(
      () => true,
      () => false,
    );
  });
}
