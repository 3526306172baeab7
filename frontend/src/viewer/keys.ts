import { chordOf, keymapOf, type Keymap } from "./chords";
import { SURFACE_COMMANDS } from "./commands";
import type { Surface } from "./useViewer";

const DEFAULT = keymapOf(SURFACE_COMMANDS);

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

function inPolygon(surface: Surface, key: string): boolean {
  if (surface.state.polygon.length === 0) return false;
  if (key === "Enter") surface.closePolygon();
  else if (key === "Escape") surface.dropPolygon();
  else if (key === "Backspace" || key === "Delete") surface.undo();
  else return false;
  return true;
}

function inProposal(surface: Surface, key: string): boolean {
  if (surface.state.proposal.clicks.length === 0) return false;
  if (key === "Enter") surface.acceptProposal();
  else if (key === "Escape") surface.dropProposal();
  else if (key === "Backspace" || key === "Delete") surface.undo();
  else return false;
  return true;
}

/** Does what a key means to the surface. Returns whether it meant anything. */
export function pressKey(surface: Surface, event: KeyboardEvent, keymap: Keymap = DEFAULT): boolean {
  if (isTyping(event)) return false;
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (plain && (inPolygon(surface, event.key) || inProposal(surface, event.key))) return true;
  if (plain && event.key === "Escape") return surface.dropRulers({ all: true });
  // by place on the keyboard too: with a Chinese input method or Shift the key's own name may differ
  const digit =
    /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1] ?? (/^\d$/.test(event.key) ? event.key : undefined);
  if (digit !== undefined && plain && !event.shiftKey) {
    const value = chosenByDigit(surface, Number(digit));
    if (value !== null) surface.chooseClass(value);
    return value !== null;
  }
  const chord = chordOf(event);
  const id = chord === null ? undefined : keymap.get(chord);
  const command = SURFACE_COMMANDS.find((one) => one.id === id);
  command?.run(surface);
  return command !== undefined;
}
