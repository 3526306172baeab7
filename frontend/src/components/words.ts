/** How things are said: errors with what to do next, durations, sizes. */
import { ElMessage } from "element-plus";
import { useI18n } from "vue-i18n";

import { ApiError } from "@/api/client";
import type { JobOut, NetworksMask } from "@/api/types";
import { said } from "@/i18n/said";

export function useWords() {
  const { t, te, n, locale } = useI18n();

  /** What the server says, in the language of the page where it is known. */
  const say = (sentence: string): string => said(sentence, locale.value);

  /** The server's words and, for each kind of error, the advice what to do next. */
  function explain(error: unknown): string {
    if (!(error instanceof ApiError)) return error instanceof Error ? say(error.message) : String(error);
    const advice = te(`errors.${error.error}`) ? t(`errors.${error.error}`) : "";
    if (error.status === 0) return advice;
    const sentence = say(error.message);
    // two sentences, each with its own full stop
    return advice && !/[。.!?]$/.test(sentence) ? `${sentence}. ${advice}` : `${sentence} ${advice}`.trim();
  }

  function complain(error: unknown): void {
    ElMessage({ type: "error", message: explain(error), duration: 8000, showClose: true });
  }

  function duration(seconds: number): string {
    if (seconds < 60) return t("common.seconds", { n: n(Math.max(1, Math.round(seconds)), "plain") });
    if (seconds < 5400) return t("common.minutes", { n: n(Math.round(seconds / 60), "plain") });
    return t("common.hours", { n: n(seconds / 3600, "one") });
  }

  /** How long a job has run, empty where it has not ended. */
  function took(job: Pick<JobOut, "started_at" | "finished_at">): string {
    if (job.started_at === null || job.finished_at === null) return "";
    return duration((Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000);
  }

  function size(bytes: number): string {
    const units = ["B", "kB", "MB", "GB", "TB"];
    const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
    return `${n(bytes / 1000 ** power, power === 0 ? "plain" : "one")} ${units[power]}`;
  }

  const score = (value: number | null | undefined): string => (value === null || value === undefined ? "–" : n(value, "score"));
  const percent = (value: number | null | undefined): string => (value === null || value === undefined ? "–" : n(value, "percent"));

  /** "74 % (60–85 %)", or without the interval where there is none. */
  function expected(mask: Pick<NetworksMask, "quality" | "quality_interval">): string {
    const [low, high] = mask.quality_interval ?? [];
    if (low === undefined || high === undefined) return percent(mask.quality);
    return t("common.withInterval", { value: percent(mask.quality), low: n(100 * low, "plain"), high: percent(high) });
  }

  /** What a network is called on the pages, by its name in the settings; and one sentence on what it is for. */
  const networkName = (kind: string): string => (te(`networkKind.${kind}.name`) ? t(`networkKind.${kind}.name`) : kind);
  const networkText = (kind: string): string => (te(`networkKind.${kind}.text`) ? t(`networkKind.${kind}.text`) : "");
  const strategyName = (name: string): string => (te(`strategy.${name}`) ? t(`strategy.${name}`) : name);

  return { say, explain, complain, duration, took, size, score, percent, expected, networkName, networkText, strategyName };
}
