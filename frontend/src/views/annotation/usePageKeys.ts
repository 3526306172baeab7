import { onBeforeUnmount, onMounted } from "vue";

import { isTyping, type Surface } from "@/viewer";

export interface PageKeys {
  surface: Surface;
  /** a dialog is open: the keys are its own */
  silent: () => boolean;
  actions: Record<string, () => unknown>;
}

/** The keys of the page, beside those of the drawing surface, which come first. */
export function usePageKeys({ surface, silent, actions }: PageKeys): void {
  let shownOpacity = 0.5;
  const all: Record<string, () => unknown> = {
    ...actions,
    o: () => {
      surface.adjust({ outline: !surface.state.outline });
    },
    u: () => {
      surface.adjust({ heat: !surface.state.heat });
    },
    v: () => {
      const { opacity } = surface.state;
      if (opacity > 0) shownOpacity = opacity;
      surface.adjust({ opacity: opacity > 0 ? 0 : shownOpacity });
    },
  };

  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event) || silent()) return;
    // a button or link that has the focus takes Enter itself
    if (event.key === "Enter" && (event.target as HTMLElement).closest("button, a, summary")) return;
    const action = all[event.key] ?? all[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  }

  onMounted(() => {
    window.addEventListener("keydown", onKey);
  });
  onBeforeUnmount(() => {
    window.removeEventListener("keydown", onKey);
  });
}
