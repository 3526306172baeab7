import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createApp, defineComponent, h, nextTick, type Ref } from "vue";

import * as client from "./client";
import { useJob } from "./jobs";
import type { JobOut } from "./types";

class Stream extends EventTarget {
  static open: Stream[] = [];
  closed = false;
  readonly url: string;
  constructor(url: string) {
    super();
    this.url = url;
    Stream.open.push(this);
  }
  close(): void {
    this.closed = true;
  }
  say(job: Partial<JobOut>): void {
    this.dispatchEvent(new MessageEvent("job", { data: JSON.stringify(job) }));
  }
}

const job = (state: JobOut["state"], progress = 0) => ({ id: 7, kind: "train", state, progress }) as JobOut;
let unmount: () => void = () => undefined;

/** The queries settle in their own time, however busy the machine is. */
const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 10_000, interval: 5 });

/** Follows job 7 as a page does. */
function follow(): Ref<JobOut | undefined> {
  let seen!: Ref<JobOut | undefined>;
  const page = defineComponent(() => {
    seen = useJob(7).job;
    return () => h("i");
  });
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const app = createApp(page).use(VueQueryPlugin, { queryClient });
  app.mount(document.createElement("div"));
  unmount = () => {
    app.unmount();
    queryClient.clear();
  };
  return seen;
}

beforeEach(() => {
  Stream.open = [];
  vi.stubGlobal("EventSource", Stream);
});
afterEach(() => {
  unmount();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it("shows what the stream says and closes it when the job is over", async () => {
  vi.spyOn(client, "get").mockResolvedValue(job("queued"));
  const seen = follow();
  await until(() => Stream.open.length === 1);
  const [stream] = Stream.open;
  expect(stream?.url).toBe("/api/jobs/7/events");

  stream?.say(job("running", 0.5));
  await until(() => seen.value?.progress === 0.5);
  expect(stream?.closed).toBe(false);

  stream?.say(job("succeeded", 1));
  await until(() => seen.value?.state === "succeeded");
  await nextTick();
  expect(Stream.open.every((one) => one.closed)).toBe(true);
});

it("opens no stream for a job that is over", async () => {
  vi.spyOn(client, "get").mockResolvedValue(job("failed"));
  const seen = follow();
  await until(() => seen.value !== undefined);
  await nextTick();
  expect(Stream.open).toEqual([]);
});

it("closes the stream when the page is left", async () => {
  vi.spyOn(client, "get").mockResolvedValue(job("running"));
  follow();
  await until(() => Stream.open.length === 1);
  unmount();
  expect(Stream.open[0]?.closed).toBe(true);
});
