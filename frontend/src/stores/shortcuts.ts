/** The keys a person changed. They are kept on the server, so that they are there on another machine, too. */
import { defineStore } from "pinia";
import { ref } from "vue";

import { get, put } from "@/api/client";
import type { ChangedKeys } from "@/viewer";

interface Preferences {
  shortcuts: Record<string, readonly string[]>;
}

export const useShortcuts = defineStore("shortcuts", () => {
  const changed = ref<ChangedKeys>({});
  let asked = 0;

  /** Asks once for each person. Until the answer is there, and without one, the default keys hold. */
  async function load(user: number): Promise<void> {
    if (asked === user) return;
    asked = user;
    changed.value = {};
    try {
      const { shortcuts } = await get<Preferences>("/me/preferences");
      if (asked === user) changed.value = shortcuts;
    } catch (error) {
      asked = 0;
      throw error;
    }
  }

  /** At once here; back to what it was when the server refuses. */
  async function change(next: ChangedKeys): Promise<void> {
    const before = changed.value;
    changed.value = next;
    try {
      await put<Preferences>("/me/preferences", { shortcuts: next });
    } catch (error) {
      changed.value = before;
      throw error;
    }
  }

  return { changed, load, change };
});
