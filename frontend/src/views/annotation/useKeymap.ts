import { computed, onMounted } from "vue";

import { useSession } from "@/stores/session";
import { useShortcuts } from "@/stores/shortcuts";
import { keymapOf, keysOf, printed } from "@/viewer";

import { COMMANDS } from "./commands";

/** The keys as this person has them. */
export function useKeymap() {
  const session = useSession();
  const shortcuts = useShortcuts();
  const keymap = computed(() => keymapOf(COMMANDS, shortcuts.changed));

  onMounted(() => {
    // without an answer the default keys hold; changing one tells what is wrong
    if (session.user) shortcuts.load(session.user.id).catch(() => undefined);
  });

  /** The first key of a command as it is printed, or "". */
  function keyOf(id: string): string {
    const command = COMMANDS.find((one) => one.id === id);
    const chord = command && keysOf(command, shortcuts.changed).at(0);
    return chord === undefined ? "" : printed(chord);
  }

  return { keymap, keyOf };
}
