/** Finds what this browser still holds of an image: from a tab that crashed, was closed or left too early. */
import type { ImageOut } from "@/api/types";

import type { Saved } from "./autosave";
import { resume } from "./journal";
import { lives, openPages, page } from "./page";
import { recall, unsavedOf, type Opening, type Unsaved } from "./unsaved";

export interface Restored {
  unsaved: Unsaved;
  /** the mask as it was left */
  bytes: Uint8Array;
  /** the version on the server that it goes on from */
  basedOn: number;
}

let openings = 0;

export const openingOf = ({ id, project, width, height }: ImageOut, user: number): Opening => ({
  key: `${String(user)}/${String(id)}/${page}/${String(openings++)}`,
  ...{ user, project, image: id, width, height },
});

const pageOf = (key: string): string => key.split("/").at(2) ?? "";

/** The images of a project that this user has unsaved strokes on, newest first; those open in other tabs left out. */
export async function leftOpen(user: number, project: number): Promise<{ key: string; image: number }[]> {
  const [kept, open] = await Promise.all([unsavedOf(user, project), openPages()]);
  return kept.filter(({ key }) => pageOf(key) === page || lives(pageOf(key), open) !== true);
}

/** What was left of an image, if anything. `saved` is its newest mask on the server. */
export async function restore(image: ImageOut, user: number, saved: Saved): Promise<Restored | null> {
  const left = (await leftOpen(user, image.project)).find((one) => one.image === image.id);
  if (!left) return null;
  const unsaved = await recall(left.key, image.width, image.height).catch(() => null);
  return unsaved && { unsaved, ...resume(unsaved, saved) };
}
