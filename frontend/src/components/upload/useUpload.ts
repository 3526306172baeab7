/** Sends files and counts the bytes. One upload at a time; what was sent becomes one ingest job per request. */
import axios from "axios";
import { computed, onScopeDispose, ref } from "vue";

import { post } from "@/api/client";
import type { JobOut } from "@/api/types";

import { batches } from "./files";

/** Many small requests would be many jobs; few large ones would be lost whole when the line breaks. */
const REQUEST = { most: 1000, bytes: 2 ** 31 };

export function useUpload() {
  const sent = ref(0);
  const total = ref(0);
  const files = ref(0);
  const startedAt = ref(0);
  const now = ref(0);
  const uploading = ref(false);
  let stop: AbortController | undefined;

  const fraction = computed(() => (total.value === 0 ? 0 : sent.value / total.value));
  const bytesPerSecond = computed(() => (now.value > startedAt.value ? (1000 * sent.value) / (now.value - startedAt.value) : 0));
  const secondsLeft = computed(() =>
    bytesPerSecond.value > 0 ? (total.value - sent.value) / bytesPerSecond.value : null,
  );

  /** Resolves with the jobs of what arrived; rejects with ApiError, or a cancellation (see `wasCancelled`). */
  async function upload(project: number, chosen: File[], onJob: (job: JobOut) => void): Promise<void> {
    stop = new AbortController();
    uploading.value = true;
    files.value = chosen.length;
    total.value = chosen.reduce((sum, file) => sum + file.size, 0);
    sent.value = 0;
    startedAt.value = now.value = performance.now();
    let before = 0;
    try {
      for (const batch of batches(chosen, REQUEST)) {
        const body = new FormData();
        for (const file of batch) body.append("file", file, file.name);
        const size = batch.reduce((sum, file) => sum + file.size, 0);
        const job = await post<JobOut>(`/projects/${String(project)}/uploads`, body, {
          signal: stop.signal,
          onUploadProgress: ({ loaded }) => {
            sent.value = before + Math.min(loaded, size);
            now.value = performance.now();
          },
        });
        before += size;
        onJob(job);
      }
    } finally {
      uploading.value = false;
    }
  }

  function cancel(): void {
    stop?.abort();
  }

  onScopeDispose(cancel);
  return { uploading, sent, total, files, fraction, bytesPerSecond, secondsLeft, upload, cancel };
}

export const wasCancelled = (error: unknown): boolean => axios.isCancel(error);
