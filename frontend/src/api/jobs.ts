/** One job, followed live: server-sent events, and asking again where they do not come through. */
import { useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, onScopeDispose, ref, toValue, watch } from "vue";

import { get } from "./client";
import type { JobOut } from "./types";

export function isActive(job: Pick<JobOut, "state">): boolean {
  return job.state === "queued" || job.state === "running";
}

export function useJob(id: MaybeRefOrGetter<number | null>) {
  const client = useQueryClient();
  const streaming = ref(false);
  let source: EventSource | undefined;

  const query = useQuery({
    queryKey: ["job", () => toValue(id)],
    queryFn: () => get<JobOut>(`/jobs/${String(toValue(id))}`),
    enabled: () => toValue(id) !== null,
    refetchInterval: (q) => (q.state.data && isActive(q.state.data) && !streaming.value ? 3_000 : false),
  });

  function close(): void {
    source?.close();
    source = undefined;
    streaming.value = false;
  }

  function open(job: number): void {
    source = new EventSource(`/api/jobs/${String(job)}/events`);
    source.addEventListener("open", () => (streaming.value = true));
    source.addEventListener("error", () => (streaming.value = false));
    source.addEventListener("job", (event: MessageEvent<string>) => {
      const news = JSON.parse(event.data) as JobOut;
      client.setQueryData(["job", job], news);
      if (!isActive(news)) close();
    });
  }

  const following = computed(() => (query.data.value && isActive(query.data.value) ? query.data.value.id : null));
  watch(
    following,
    (job) => {
      close();
      if (job !== null) open(job);
    },
    { immediate: true },
  );
  onScopeDispose(close);
  return { ...query, job: computed(() => query.data.value) };
}
