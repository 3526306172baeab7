/** What the page asks of the server: images with their pixels, masks as raw labels, heat maps. */
import { ApiError, get, http, post, put } from "@/api/client";
import type { ImageOut, JobOut, MaskSaved } from "@/api/types";
import type { NamedWindow, Picture, Pixels } from "@/viewer";

import type { Base, Effort, Saved, Verdict } from "./autosave";
import { changes, encode } from "./patches";

export type MaskSource = "annotation" | "network" | "truth";

const OCTETS = { responseType: "arraybuffer", headers: { Accept: "application/octet-stream" } } as const;
const SAVE_TIMEOUT_MS = 30_000;

const TYPES: Record<string, (buffer: ArrayBuffer) => Pixels> = {
  uint8: (buffer) => new Uint8Array(buffer),
  uint16: (buffer) => new Uint16Array(buffer),
  int16: (buffer) => new Int16Array(buffer),
};

export const fetchImage = (id: number): Promise<ImageOut> => get<ImageOut>(`/images/${String(id)}`);

export const submitImage = (id: number): Promise<ImageOut> => post<ImageOut>(`/images/${String(id)}/submit`);

export const skipImage = (id: number, reason: string): Promise<ImageOut> =>
  post<ImageOut>(`/images/${String(id)}/skip`, { reason });

/** What who drew it says to the reviewer; "" takes it back. */
export const commentImage = (id: number, comment: string): Promise<ImageOut> =>
  put<ImageOut>(`/images/${String(id)}/comment`, { comment });

/** Has the network in use label an image; answers once it has, or after some 25 seconds. */
export const segmentImage = (id: number): Promise<JobOut> => post<JobOut>(`/images/${String(id)}/segment`);

/** My next pick, leased to me; null when none waits. */
export async function leaseNext(project: number): Promise<ImageOut | null> {
  return (await post<ImageOut | "" | undefined>(`/projects/${String(project)}/next`)) || null;
}

export const previewUrl = (
  id: number,
  size: number,
  overlay: "annotation" | "network" | null,
  mark: string,
): string =>
  `/api/images/${String(id)}/preview.png?size=${String(size)}${overlay ? `&overlay=${overlay}&v=${mark}` : ""}`;

export async function readPicture(image: ImageOut): Promise<Picture> {
  const buffer = await get<ArrayBuffer>(`/images/${String(image.id)}/pixels`, OCTETS);
  const view = TYPES[image.dtype];
  if (!view) throw new Error(`Pixels of type ${image.dtype} cannot be shown.`);
  const { id, width, height, channels, modality } = image;
  const [centre, windowWidth] = image.window;
  return {
    id,
    width,
    height,
    channels,
    pixels: view(buffer),
    window: { centre, width: windowWidth },
    spacing: image.spacing_mm as Picture["spacing"],
    unit: modality === "CT" && image.dtype === "int16" ? "HU" : "",
    series: image.series,
    place:
      image.origin_mm && image.orientation ? { origin: image.origin_mm, orientation: image.orientation } : null,
  };
}

const KEPT = 4;
const pictures = new Map<number, Promise<Picture>>();

/** The pixels of an image; those of the last few stay in memory, so that the next pick can be fetched ahead. */
export function fetchPicture(image: ImageOut): Promise<Picture> {
  const known = pictures.get(image.id);
  if (known) return known;
  const picture = readPicture(image);
  pictures.set(image.id, picture);
  picture.catch(() => pictures.delete(image.id));
  for (const id of [...pictures.keys()].slice(0, -KEPT)) pictures.delete(id);
  return picture;
}

/** The windows that the image's file names, in the units of its pixels. */
export const fetchWindows = (id: number): Promise<NamedWindow[]> =>
  get<NamedWindow[]>(`/images/${String(id)}/windows`);

async function orNull<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** The newest mask from one source as labels (H, W), with its version; null where there is none. */
export async function fetchMask(id: number, source: MaskSource): Promise<Saved | null> {
  const request = http.get<ArrayBuffer>(`/images/${String(id)}/mask`, { ...OCTETS, params: { source } });
  const answer = await orNull(request);
  return answer && { bytes: new Uint8Array(answer.data), version: Number(answer.headers["x-version"] ?? 0) };
}

/** The committee's uncertainty (H, W) as float16 words; null where no committee has looked yet. */
export async function fetchUncertainty(id: number): Promise<Uint16Array | null> {
  const buffer = await orNull(get<ArrayBuffer>(`/images/${String(id)}/uncertainty`, OCTETS));
  return buffer && new Uint16Array(buffer);
}

/** The committee's probabilities (C, H, W) in 255ths with the classes they are of; null where nobody kept them. */
export async function fetchProbabilities(
  id: number,
): Promise<{ bytes: Uint8Array; classes: number[] } | null> {
  const answer = await orNull(http.get<ArrayBuffer>(`/images/${String(id)}/probabilities`, OCTETS));
  if (!answer) return null;
  const classes = String(answer.headers["x-classes"] ?? "").split(",").map(Number);
  return { bytes: new Uint8Array(answer.data), classes };
}

async function gzip(bytes: Uint8Array): Promise<ArrayBuffer> {
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/** Bodies smaller than this are not worth packing. */
const WORTH_PACKING = 1000;

function saveHeaders(basedOn: number, effort: Effort): Record<string, string> {
  return {
    "Content-Type": "application/octet-stream",
    "If-Match": `"${String(basedOn)}"`,
    "X-Active-Seconds": effort.seconds.toFixed(1),
    "X-Strokes": String(effort.strokes),
    ...(effort.provenance ? { "X-Provenance": effort.provenance } : {}),
  };
}

async function send(
  method: "PUT" | "PATCH",
  id: number,
  bytes: Uint8Array,
  headers: Record<string, string>,
): Promise<MaskSaved> {
  const packs = typeof CompressionStream === "function" && bytes.length > WORTH_PACKING;
  const answer = await http.request<MaskSaved>({
    method,
    url: `/images/${String(id)}/mask`,
    data: packs ? await gzip(bytes) : bytes.slice().buffer,
    headers: { ...headers, ...(packs ? { "Content-Encoding": "gzip" } : {}) },
    timeout: SAVE_TIMEOUT_MS,
  });
  return answer.data;
}

/** Saves labels (H, W) as the next version. Refused with 409 when somebody saved since `basedOn`. */
export function putMask(id: number, bytes: Uint8Array, basedOn: number, effort: Effort): Promise<MaskSaved> {
  return send("PUT", id, bytes, saveHeaders(basedOn, effort));
}

/** The same, sending only what differs from the version it is based on, where that is known. */
export async function saveMask(
  { id, width }: { id: number; width: number },
  bytes: Uint8Array,
  base: Base,
  effort: Effort,
): Promise<MaskSaved> {
  const patches = base.bytes ? changes(base.bytes, bytes, width) : [];
  if (patches.length === 0) return putMask(id, bytes, base.version, effort);
  try {
    return await send("PATCH", id, encode(patches), saveHeaders(base.version, effort));
  } catch (error) {
    if (!(error instanceof ApiError) || error.error !== "UnknownVersion") throw error;
    return putMask(id, bytes, base.version, effort);
  }
}

/** Whether a failed save is to be compared, tried again, told, or waits for a signature. */
export function judge(error: unknown): Verdict {
  if (!(error instanceof ApiError)) return "refused";
  if (error.error === "StaleVersion") return "stale";
  if (error.status === 401) return "signedOut";
  return [0, 408, 425, 429].includes(error.status) || error.status >= 500 ? "retry" : "refused";
}
