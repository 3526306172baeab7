import type { Surface } from "./useViewer";

/** Whether a key goes to something that wants it itself: a field, a dialog, a menu. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("[role=dialog], [role=listbox], [role=menu]")) return true;
  if (target instanceof HTMLInputElement)
    return !["checkbox", "radio", "button", "range"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function chosenByDigit(surface: Surface, digit: number): number | null {
  if (digit === 0) return 0;
  const { labels } = surface.state;
  const label = labels.find(({ value }) => value === digit) ?? labels.at(digit - 1);
  return label?.value ?? null;
}

function withControl(surface: Surface, event: KeyboardEvent): boolean {
  const key = event.key.toLowerCase();
  if (key === "z" && !event.shiftKey) surface.undo();
  else if (key === "y" || key === "z") surface.redo();
  else return false;
  return true;
}

/** The letter keys; ours are the words' first letters in English. */
const LETTERS: Record<string, (surface: Surface) => void> = {
  b: (surface) => {
    surface.chooseTool("brush");
  },
  e: (surface) => {
    surface.chooseTool("eraser");
  },
  p: (surface) => {
    surface.chooseTool("polygon");
  },
  f: (surface) => {
    surface.chooseTool("fill");
  },
  w: (surface) => {
    surface.chooseTool("window");
  },
  m: (surface) => {
    surface.chooseTool("pan");
  },
  "[": (surface) => {
    surface.resizeBrush(1 / 1.15);
  },
  "]": (surface) => {
    surface.resizeBrush(1.15);
  },
};

function inPolygon(surface: Surface, key: string): boolean {
  if (surface.state.polygon.length === 0) return false;
  if (key === "Enter") surface.closePolygon();
  else if (key === "Escape") surface.dropPolygon();
  else if (key === "Backspace" || key === "Delete") surface.undo();
  else return false;
  return true;
}

/** Does what a key means to the surface. Returns whether it meant anything. */
export function pressKey(surface: Surface, event: KeyboardEvent): boolean {
  if (event.altKey || isTyping(event)) return false;
  if (event.ctrlKey || event.metaKey) return withControl(surface, event);
  if (inPolygon(surface, event.key)) return true;
  // by place on the keyboard too: with a Chinese input method or Shift the key's own name may differ
  const digit =
    /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1] ?? (/^\d$/.test(event.key) ? event.key : undefined);
  if (digit !== undefined && !event.shiftKey) {
    const value = chosenByDigit(surface, Number(digit));
    if (value !== null) surface.chooseClass(value);
    return value !== null;
  }
  const letter = LETTERS[event.key.toLowerCase()];
  letter?.(surface);
  return letter !== undefined;
}
