/** Fetches the picks beside the open one before they are asked for, so that going on shows the next at once. */
import type { ImageOut } from "@/api/types";
import type { Picture } from "@/viewer";

import type { Saved } from "./autosave";
import { fetchImage, fetchMask, fetchPicture, fetchUncertainty } from "./server";
import { empty } from "./useSaving";

/** All that is needed to draw on an image. */
export interface Loaded {
  image: ImageOut;
  picture: Picture;
  saved: Saved;
  /** fetched ahead, so it may have changed since */
  ahead?: boolean;
}

const KEPT = 4;
const coming = new Map<number, Promise<Loaded>>();

/** The pixels and the mask of an image as it is now. */
export async function load(image: ImageOut): Promise<Loaded> {
  const [picture, saved] = await Promise.all([
    fetchPicture(image),
    image.version > 0 ? fetchMask(image.id, "annotation") : null,
  ]);
  return { image, picture, saved: saved ?? empty(image) };
}

async function fetchAll(id: number): Promise<Loaded> {
  const loaded = await load(await fetchImage(id));
  // what lies over the image comes from the browser's own memory when it is asked for again
  const { automatic, pick } = loaded.image;
  if (automatic) void fetchMask(id, "network").catch(() => null);
  if (automatic?.uncertainty || pick?.uncertainty) void fetchUncertainty(id).catch(() => null);
  return loaded;
}

/** Begins to fetch an image. A failure is told when the image is opened, and asked for again then. */
export function fetchAhead(id: number): void {
  if (coming.has(id)) return;
  const loading = fetchAll(id);
  coming.set(id, loading);
  loading.catch(() => coming.delete(id));
  for (const old of [...coming.keys()].slice(0, -KEPT)) coming.delete(old);
}

/** What was fetched of an image, once; null when nothing was. */
export async function taken(id: number): Promise<Loaded | null> {
  const loading = coming.get(id);
  coming.delete(id);
  return loading ? loading.then((loaded) => ({ ...loaded, ahead: true })).catch(() => null) : null;
}
