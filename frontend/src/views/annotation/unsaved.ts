/** Masks that are not on the server yet, kept in this browser's IndexedDB so that no crash loses them. */

export interface Unsaved {
  /** one for each opening of an image: two tabs on one image do not overwrite each other */
  key: string;
  user: number;
  project: number;
  image: number;
  basedOn: number;
  bytes: Uint8Array;
  at: number;
}

const STORE = "unsaved";
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

function database(): Promise<IDBDatabase> {
  if (!opened) {
    const request = indexedDB.open("winnow", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(STORE, { keyPath: "key" });
    };
    opened = answered(request);
  }
  return opened;
}

async function store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  return (await database()).transaction(STORE, mode).objectStore(STORE);
}

export async function keep(record: Unsaved): Promise<void> {
  await answered((await store("readwrite")).put(record));
}

export async function forget(key: string): Promise<void> {
  await answered((await store("readwrite")).delete(key));
}

/** What this user has not saved in a project, newest first. Empty where the browser keeps nothing for us. */
export async function unsavedOf(user: number, project: number): Promise<Unsaved[]> {
  try {
    const all = (await answered((await store("readonly")).getAll())) as Unsaved[];
    return all.filter((one) => one.user === user && one.project === project).sort((a, b) => b.at - a.at);
  } catch {
    return [];
  }
}
