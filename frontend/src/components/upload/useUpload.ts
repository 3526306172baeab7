/**
 * Sends files by tus 1.0, piece by piece: what was cut off, by a broken line or a closed page, goes on where it stopped.
 * One upload at a time, for the whole page: it goes on while its user looks at other pages.
 */
import { defaultOptions, type DetailedError, type PreviousUpload, Upload } from "tus-js-client";
import { computed, ref } from "vue";

import { ApiError, cookie, readError } from "@/api/client";

import { checksumOf } from "./checksum";
import { fingerprintOf, nameOf } from "./files";
import { type Chosen, tarOf } from "./tar";

const PIECE = 16 * 2 ** 20;
/** tus 1.0, extension checksum: the piece was damaged on its way */
const DAMAGED = 460;
const RETRY_AFTER = [0, 1000, 3000, 5000, 10_000, 20_000, 30_000];
/** The server's own memory of an unfinished upload: worker/tidy.py */
const KEPT_HOURS = 24;

/** What the server said of the last upload once all of it had come: its ingest job, and its SHA-256 in hex. */
export interface Arrived {
  job: number;
  sha256: string;
}

export type Phase = "idle" | "sending" | "paused" | "broken";
/** An upload that an earlier visit to the page began. */
export interface Unfinished {
  key: string;
  name: string;
  size: number;
  url: string;
}

const phase = ref<Phase>("idle");
const sent = ref(0);
const total = ref(0);
const files = ref(0);
const project = ref<number | null>(null);
const startedAt = ref(0);
const sentAtStart = ref(0);
const now = ref(0);
const unfinished = ref<Unfinished[]>([]);
const arrived = ref<Arrived | null>(null);
let current: { upload: Upload; done: (job: number | null) => void; failed: (error: unknown) => void } | undefined;

const keyOf = (id: number, chosen: readonly Chosen[]): string => `winnow-${String(id)}-${fingerprintOf(chosen)}`;

async function toApiError(error: Error | DetailedError): Promise<Error> {
  const response = "originalResponse" in error ? error.originalResponse : null;
  if (response === null) return new ApiError(0, { error: "Unreachable", message: error.message, detail: {} });
  const body = await readError(response.getBody());
  return new ApiError(response.getStatus(), body ?? { error: "WinnowError", message: error.message, detail: {} });
}

/** Errors after which the same bytes may be sent again: no answer at all, or one that is not about the upload. */
function isPassing(error: DetailedError): boolean {
  const status = error.originalResponse?.getStatus() ?? 0;
  return status === 0 || status === 409 || status === 423 || status === DAMAGED || (status >= 500 && status !== 507);
}

function begin(id: number, chosen: Chosen[], name: string, data: Blob): Upload {
  return new Upload(data, {
    endpoint: `/api/uploads/?project=${String(id)}`,
    metadata: { filename: name, project: String(id) },
    chunkSize: PIECE,
    retryDelays: RETRY_AFTER,
    removeFingerprintOnSuccess: true,
    fingerprint: () => Promise.resolve(keyOf(id, chosen)),
    onShouldRetry: isPassing,
    onBeforeRequest: async (request) => {
      request.setHeader("X-CSRFToken", cookie("csrftoken"));
      if (request.getMethod() !== "PATCH") return;
      const offset = Number(request.getHeader("Upload-Offset"));
      const checksum = await checksumOf(data.slice(offset, offset + PIECE));
      if (checksum !== null) request.setHeader("Upload-Checksum", checksum);
    },
    onProgress: (bytes) => {
      if (sentAtStart.value < 0) sentAtStart.value = bytes;
      sent.value = bytes;
      now.value = performance.now();
    },
    onSuccess: ({ lastResponse }) => {
      const job = Number(lastResponse.getHeader("Winnow-Job")) || null;
      const sha256 = lastResponse.getHeader("Winnow-SHA256");
      arrived.value = job !== null && sha256 ? { job, sha256 } : null;
      current?.done(job);
    },
    onError: (error) => {
      phase.value = "broken";
      void toApiError(error).then((known) => current?.failed(known));
    },
  });
}

function measure(): void {
  startedAt.value = now.value = performance.now();
  sentAtStart.value = -1;
  phase.value = "sending";
}

/** Resolves with the ingest job's number, or null when it was cancelled; rejects with ApiError, and may then go on. */
async function upload(id: number, chosen: Chosen[], failed: (error: unknown) => void): Promise<number | null> {
  const [only] = chosen;
  if (!only || phase.value !== "idle") return null;
  const data = chosen.length === 1 ? only.file : tarOf(chosen);
  project.value = id;
  files.value = chosen.length;
  total.value = data.size;
  sent.value = 0;
  measure();
  const job = await new Promise<number | null>((done) => {
    const started = begin(id, chosen, nameOf(chosen), data);
    current = { upload: started, done, failed };
    void started.findPreviousUploads().then(([previous]) => {
      if (previous && isYoung(previous)) started.resumeFromPreviousUpload(previous);
      started.start();
    });
  });
  current = undefined;
  phase.value = "idle";
  await look(id);
  return job;
}

function pause(): void {
  phase.value = "paused";
  void current?.upload.abort();
}

/** Go on after a pause or an error. */
function goOn(): void {
  measure();
  current?.upload.start();
}

/** Stop, and let the server throw away what has come. */
async function cancel(): Promise<void> {
  await current?.upload.abort(true).catch(() => undefined);
  current?.done(null);
}

const isYoung = (upload: PreviousUpload): boolean => Date.now() - Date.parse(upload.creationTime) < KEPT_HOURS * 3_600_000;

/** Which uploads of this project an earlier visit left; those the server has forgotten are forgotten here as well. */
async function look(id: number): Promise<void> {
  const all = await defaultOptions.urlStorage.findAllUploads();
  const mine = all.filter((one) => one.metadata["project"] === String(id));
  for (const old of mine.filter((one) => !isYoung(one))) await defaultOptions.urlStorage.removeUpload(old.urlStorageKey);
  unfinished.value = mine
    .filter((one) => isYoung(one) && one.uploadUrl !== null)
    .map((one) => ({
      key: one.urlStorageKey,
      name: one.metadata["filename"] ?? "",
      size: one.size ?? 0,
      url: one.uploadUrl ?? "",
    }));
}

async function discard(one: Unfinished): Promise<void> {
  await Upload.terminate(one.url, {
    retryDelays: null,
    onBeforeRequest: (request) => {
      request.setHeader("X-CSRFToken", cookie("csrftoken"));
    },
  }).catch(() => undefined); // gone already
  await defaultOptions.urlStorage.removeUpload(one.key);
  unfinished.value = unfinished.value.filter(({ key }) => key !== one.key);
}

export function useUpload() {
  const fraction = computed(() => (total.value === 0 ? 0 : sent.value / total.value));
  const seconds = computed(() => (now.value - startedAt.value) / 1000);
  const bytesPerSecond = computed(() =>
    seconds.value > 0 && sentAtStart.value >= 0 ? (sent.value - sentAtStart.value) / seconds.value : 0,
  );
  const secondsLeft = computed(() =>
    bytesPerSecond.value > 0 ? (total.value - sent.value) / bytesPerSecond.value : null,
  );
  const uploading = computed(() => phase.value !== "idle");
  return {
    ...{ phase, uploading, project, sent, total, files, fraction, bytesPerSecond, secondsLeft, unfinished, arrived },
    ...{ upload, pause, goOn, cancel, look, discard },
  };
}
