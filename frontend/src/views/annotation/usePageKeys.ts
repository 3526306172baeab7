import { onBeforeUnmount, onMounted } from "vue";

import { chordOf, isTyping, type Keymap, type Surface } from "@/viewer";

import type { PageCommand } from "./commands";

/** An action that has nothing to do here answers false: the key is then left to the browser. */
export type Actions = Record<PageCommand, () => unknown>;

export interface PageKeys {
  surface: Surface;
  keymap: () => Keymap;
  /** a dialog is open: the keys are its own */
  silent: () => boolean;
  /** Escape, where nothing else is given up by it */
  escape: () => unknown;
  actions: Omit<Actions, "outline" | "heat" | "mask">;
}

/** A control that has the focus and means something by this key itself. */
function wants(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  if (event.key === "Enter") return target.closest("button, a, summary") !== null;
  const moves = /^(?:Arrow|Page|Home|End)/.test(event.key);
  // the slices' own slider goes by the page's keys, or up would be down
  return moves && target.closest("input:not([data-slices]), [role=slider], [role=tablist]") !== null;
}

/** The keys of the page, beside those of the drawing surface, which come first. */
export function usePageKeys({ surface, keymap, silent, escape, actions }: PageKeys): void {
  let shownOpacity = 0.5;
  const all: Actions = {
    ...actions,
    outline: () => {
      surface.adjust({ outline: !surface.state.outline });
    },
    heat: () => {
      surface.adjust({ heat: !surface.state.heat });
    },
    mask: () => {
      const { opacity } = surface.state;
      if (opacity > 0) shownOpacity = opacity;
      surface.adjust({ opacity: opacity > 0 ? 0 : shownOpacity });
    },
  };

  function actionOf(event: KeyboardEvent): (() => unknown) | undefined {
    if (event.key === "Escape") return escape;
    const chord = chordOf(event);
    const id = chord === null ? undefined : keymap().get(chord);
    return id !== undefined && id in all ? all[id as PageCommand] : undefined;
  }

  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || isTyping(event) || silent() || wants(event)) return;
    const action = actionOf(event);
    if (action && action() !== false) event.preventDefault();
  }

  onMounted(() => {
    window.addEventListener("keydown", onKey);
  });
  onBeforeUnmount(() => {
    window.removeEventListener("keydown", onKey);
  });
}
