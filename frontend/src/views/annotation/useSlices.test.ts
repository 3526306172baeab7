import { createApp, nextTick, shallowRef } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { ImageOut } from "@/api/types";
import type { Peek, Surface } from "@/viewer";

import { useSlices } from "./useSlices";

/** The server: what is asked waits until the test answers. */
const asked = new Map<number, (fails?: boolean) => void>();

vi.mock("@/api/client", () => ({
  ApiError: class extends Error {},
  // not in their order, as a list may be
  getAll: () => Promise.resolve([...images].reverse()),
}));
vi.mock("./server", () => ({
  readPicture: ({ id, width, height }: ImageOut) =>
    new Promise((resolve, reject) => {
      asked.set(id, (fails = false) => {
        asked.delete(id);
        if (fails) reject(new Error("away"));
        else resolve({ id, width, height, channels: 1, pixels: new Int16Array(width * height), series: 7 });
      });
    }),
  fetchMask: (id: number) => Promise.resolve({ bytes: new Uint8Array(16).fill(id), version: 1 }),
}));
vi.mock("@/viewer", async () => await import("@/viewer/core/slices"));

const make = (id: number): ImageOut =>
  ({ id, index: id, project: 1, series: 7, width: 4, height: 4, channels: 1, version: id % 2 }) as unknown as ImageOut;
const images = [10, 11, 12, 13, 14, 15].map(make);

let app: ReturnType<typeof createApp>;
let slices: ReturnType<typeof useSlices>;
const open = shallowRef<ImageOut | null>(null);
const surface = {
  state: { ready: true, peek: null as Peek | null },
  peek: (to: Peek | null) => (surface.state.peek = to),
  settle: vi.fn(),
};

const settled = async (): Promise<void> => {
  for (let i = 0; i < 8; i++) await nextTick();
};
async function answer(...ids: number[]): Promise<void> {
  for (const id of ids) asked.get(id)?.();
  await settled();
}
const onScreen = (): number | undefined => surface.state.peek?.picture.id;

beforeEach(async () => {
  open.value = null;
  surface.state.peek = null;
  asked.clear();
  app = createApp({
    setup: () => {
      slices = useSlices(surface as unknown as Surface, () => open.value);
      return () => null;
    },
  });
  app.mount(document.createElement("div"));
  open.value = images[2];
  await settled();
});
afterEach(() => {
  app.unmount();
});

describe("the slices of a series", () => {
  it("are in the order of their index, and the nearest are fetched first, a few at once", async () => {
    expect(slices.stack.value).toEqual({ at: 2, home: 2, count: 6, waiting: false });
    expect([...asked.keys()]).toEqual([13, 11, 14]);
    await answer(13);
    expect([...asked.keys()]).toEqual([11, 14, 10]);
    await answer(11, 14, 10, 15);
    await answer(15);
    expect([...asked.keys()]).toEqual([]);
  });

  it("come on the screen at once when they are here, with their masks; else once they come", async () => {
    await answer(13);
    slices.step(1);
    expect(onScreen()).toBe(13);
    expect(surface.state.peek?.mask?.[0]).toBe(13);
    slices.step(1);
    expect(onScreen()).toBe(13);
    expect(slices.stack.value).toMatchObject({ at: 4, waiting: true });
    await answer(14);
    expect(onScreen()).toBe(14);
    expect(surface.state.peek?.mask).toBeNull();
    expect(slices.stack.value).toMatchObject({ at: 4, waiting: false });
  });

  it("that come late do not push away what is looked at by then", async () => {
    slices.step(1);
    slices.back();
    await answer(13);
    expect(onScreen()).toBeUndefined();
    expect(slices.stack.value).toMatchObject({ at: 2, waiting: false });
  });

  it("end at both ends, and do not move while the page opens another image", () => {
    slices.go(-5);
    expect(slices.stack.value?.at).toBe(0);
    slices.go(Infinity);
    expect(slices.stack.value?.at).toBe(5);
    surface.state.ready = false;
    expect(slices.step(-1)).toBe(false);
    surface.state.ready = true;
  });

  it("that could not be fetched are asked for again when somebody goes there", async () => {
    asked.get(13)?.(true);
    await settled();
    expect(asked.has(13)).toBe(false);
    slices.step(1);
    expect(asked.has(13)).toBe(true);
  });

  it("are asked for anew once they were drawn on", async () => {
    await answer(13);
    await answer(11, 14);
    open.value = images[3];
    await settled();
    expect(slices.stack.value).toMatchObject({ at: 3, home: 3 });
    // the one that was home was never kept, and is fetched with its newest mask
    await answer(10, 15);
    expect(asked.has(12)).toBe(true);
    // it becomes home and is left again while the answer is on its way, which is out of date then
    open.value = images[2];
    await settled();
    open.value = images[3];
    await settled();
    await answer(12);
    slices.step(-1);
    expect(onScreen()).toBeUndefined();
    await answer(13, 14);
    await answer(12);
    expect(onScreen()).toBe(12);
  });

  it("are gone with an image on its own", async () => {
    open.value = { ...make(99), series: null } as ImageOut;
    await settled();
    expect(slices.stack.value).toBeNull();
    expect(slices.step(1)).toBe(false);
  });
});
