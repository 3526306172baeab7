/**
 * Strokes that are not on the server yet, kept in this browser's IndexedDB so that no crash loses them.
 *
 * An opening of an image is one record: the mask it began from, packed. Each stroke after it is a row of its own, so
 * that a stroke writes no more than the rectangle it changed. Both together, replayed, are the mask as it was left.
 */
import { pack, unpack } from "@/viewer";

import type { Patch } from "./patches";

export interface Opening {
  /** one for each opening of an image: two tabs on one image do not overwrite each other */
  key: string;
  user: number;
  project: number;
  image: number;
  width: number;
  height: number;
}

interface Kept extends Opening {
  basedOn: number;
  /** the packed mask of version `basedOn` */
  base: Uint8Array;
  at: number;
}

/** As the first version of these pages kept it. */
type Whole = Omit<Kept, "base" | "width" | "height"> & { bytes: Uint8Array };

type Stroke = Omit<Patch, "values"> & { key: string; packed: Uint8Array };

export interface Unsaved extends Opening {
  /** the mask it began from, and its version on the server */
  base: Uint8Array;
  basedOn: number;
  patches: Patch[];
}

const HEADS = "unsaved";
const STROKES = "strokes";
let opened: Promise<IDBDatabase> | null = null;

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error("IndexedDB gave no reason."));
    };
  });
}

function upgrade(database: IDBDatabase): void {
  if (!database.objectStoreNames.contains(HEADS)) database.createObjectStore(HEADS, { keyPath: "key" });
  database.createObjectStore(STROKES, { autoIncrement: true }).createIndex("key", "key");
}

function database(): Promise<IDBDatabase> {
  if (!opened) {
    const request = indexedDB.open("winnow", 2);
    request.onupgradeneeded = () => {
      upgrade(request.result);
    };
    opened = answered(request).then((open) => {
      // another tab brings a newer page: let go, and open again with the next stroke
      open.onversionchange = () => {
        open.close();
        opened = null;
      };
      return open;
    });
    opened.catch(() => (opened = null));
  }
  return opened;
}

/** Does something in one transaction; resolves once all of it is on the disk, and rejects with all of it undone. */
async function write(work: (heads: IDBObjectStore, strokes: IDBObjectStore) => void): Promise<void> {
  const open = await database();
  await new Promise<void>((resolve, reject) => {
    const transaction = open.transaction([HEADS, STROKES], "readwrite", { durability: "strict" });
    transaction.oncomplete = () => {
      resolve();
    };
    transaction.onabort = () => {
      reject(transaction.error ?? new Error("IndexedDB gave no reason."));
    };
    work(transaction.objectStore(HEADS), transaction.objectStore(STROKES));
  });
}

function putStroke(strokes: IDBObjectStore, key: string, { values, ...place }: Patch): void {
  strokes.put({ ...place, key, packed: pack(values) } satisfies Stroke);
}

/** Calls `each` for every stroke of an opening, in their order. */
function eachStroke(strokes: IDBObjectStore, key: string, each: (cursor: IDBCursorWithValue) => void): void {
  const request = strokes.index("key").openCursor(key);
  request.onsuccess = () => {
    const cursor = request.result;
    if (!cursor) return;
    each(cursor);
    cursor.continue();
  };
}

/** Begins the record of an opening anew: the mask it is based on, and the strokes since. */
export function begin(
  opening: Opening,
  base: { bytes: Uint8Array; version: number },
  patches: readonly Patch[],
): Promise<void> {
  const { key } = opening;
  const head: Kept = { ...opening, basedOn: base.version, base: pack(base.bytes), at: Date.now() };
  return write((heads, strokes) => {
    heads.put(head);
    const known = strokes.index("key").getAllKeys(key);
    known.onsuccess = () => {
      for (const one of known.result) strokes.delete(one);
      for (const patch of patches) putStroke(strokes, key, patch);
    };
  });
}

export function add(key: string, patches: readonly Patch[]): Promise<void> {
  return write((_, strokes) => {
    for (const patch of patches) putStroke(strokes, key, patch);
  });
}

export function forget(key: string): Promise<void> {
  return write((heads, strokes) => {
    heads.delete(key);
    eachStroke(strokes, key, (cursor) => cursor.delete());
  });
}

/** Gives what an opening that is gone has left to another one. */
export function adopt(from: string, to: string): Promise<void> {
  return write((heads, strokes) => {
    const head = heads.get(from) as IDBRequest<Kept | undefined>;
    head.onsuccess = () => {
      if (head.result) heads.put({ ...head.result, key: to });
    };
    heads.delete(from);
    eachStroke(strokes, from, (cursor) => cursor.update({ ...(cursor.value as Stroke), key: to }));
  });
}

/** What this user has not saved in a project, newest first. Empty where the browser keeps nothing for us. */
export async function unsavedOf(user: number, project: number): Promise<Omit<Kept, "base">[]> {
  try {
    const heads = (await database()).transaction(HEADS).objectStore(HEADS);
    const all = (await answered(heads.getAll())) as Kept[];
    return all.filter((one) => one.user === user && one.project === project).sort((a, b) => b.at - a.at);
  } catch {
    return [];
  }
}

/** What is kept of an opening; null when there is nothing, or it is of another size. */
export async function recall(key: string, width: number, height: number): Promise<Unsaved | null> {
  const transaction = (await database()).transaction([HEADS, STROKES]);
  const [head, strokes] = await Promise.all([
    answered(transaction.objectStore(HEADS).get(key)) as Promise<Kept | Whole | undefined>,
    answered(transaction.objectStore(STROKES).index("key").getAll(key)) as Promise<Stroke[]>,
  ]);
  if (!head) return null;
  const size = width * height;
  if ("bytes" in head) return head.bytes.length === size ? { ...head, width, height, base: head.bytes, patches: [] } : null;
  if (head.width !== width || head.height !== height) return null;
  const patches = strokes.map(({ left, top, width: columns, height: rows, packed }) => {
    return { left, top, width: columns, height: rows, values: unpack(packed, columns * rows) };
  });
  return { ...head, base: unpack(head.base, size), patches };
}

/** Why this browser may lose what is not saved: it keeps nothing at all, or has no room left. */
export type Trouble = "none" | "full";

export const troubleOf = (error: unknown): Trouble =>
  error instanceof DOMException && error.name === "QuotaExceededError" ? "full" : "none";
