/**
 * The name of this tab among all that have Winnow open, and which tabs of this browser are alive.
 *
 * A lock that the tab holds as long as it lives tells a tab that crashed from one that is open elsewhere: what the first
 * one has left unsaved is taken on, what the second one holds is its own.
 */
const KEY = "winnow.browser";
const LOCK = "winnow.page.";

/** crypto.randomUUID is not there on plain http. */
function random(): string {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function nameOfBrowser(): string {
  try {
    const known = localStorage.getItem(KEY) ?? random();
    localStorage.setItem(KEY, known);
    return known;
  } catch {
    return random();
  }
}

const browser = nameOfBrowser();
export const page = `${browser}.${random()}`;

// typed as always there, but only in secure contexts
const locks = navigator.locks as LockManager | undefined;
void locks?.request(LOCK + page, () => new Promise<never>(() => undefined)).catch(() => undefined);

/** Which tabs of this browser are open; null where the browser does not say. */
export async function openPages(): Promise<Set<string> | null> {
  try {
    const held = (await locks?.query())?.held;
    return held ? new Set(held.map(({ name }) => (name ?? "").slice(LOCK.length))) : null;
  } catch {
    return null;
  }
}

/** Whether another tab of this browser lives under this name. Of other browsers' tabs nothing is known: null. */
export function lives(name: string, open: Set<string> | null): boolean | null {
  if (name === page) return true;
  if (open === null || !name.startsWith(`${browser}.`)) return null;
  return open.has(name);
}
