import type { Command } from "./commands";

/** The command that each chord gives, such as "B", "Ctrl+Shift+Z", "[", "PageDown". */
export type Keymap = ReadonlyMap<string, string>;

/** What a person changed: the keys of commands by id; none for a command without a key. */
export type ChangedKeys = Readonly<Record<string, readonly string[]>>;

/** Kept for classes, for what is under way, and for moving about the page and the browser. */
const RESERVED = /^(?:(?:Shift\+)?(?:\d|Escape|Tab|Space)|Backspace|Delete|F\d+|Ctrl\+(?:\d|[ACLNQRTVWX]|Tab))$/;
const ALONE = ["Control", "Shift", "Alt", "Meta", "AltGraph", "CapsLock", "Process", "Dead", "Unidentified"];

/**
 * The name of what was pressed, or null for a modifier alone.
 *
 * Letters are named by what is on them, or by their place where that is no Latin letter (an input method, another
 * alphabet). Shift counts with letters and named keys only: a "?" needs it on one keyboard and not on another.
 */
export function chordOf(event: KeyboardEvent): string | null {
  const placed = /^Key([A-Z])$/.exec(event.code)?.[1];
  let name = event.key;
  if (name === " ") name = "Space";
  else if (/^[a-z]$/i.test(name)) name = name.toUpperCase();
  else if (placed !== undefined) name = placed;
  if (ALONE.includes(name)) return null;
  const named = name.length > 1 || /[A-Z]/.test(name);
  // on some keyboards a bracket is typed with AltGr, which comes as Control and Alt
  const typed = !named && event.getModifierState("AltGraph");
  const parts = [
    (event.ctrlKey || event.metaKey) && !typed ? "Ctrl" : "",
    event.altKey && !typed ? "Alt" : "",
    event.shiftKey && named ? "Shift" : "",
    name,
  ];
  return parts.filter(Boolean).join("+");
}

export function isReserved(chord: string): boolean {
  return RESERVED.test(chord);
}

export function keysOf(command: Command, changed: ChangedKeys): readonly string[] {
  return changed[command.id] ?? command.keys;
}

/** What a person chose comes before what a command has by itself, so that no key means two things. */
export function keymapOf(commands: readonly Command[], changed: ChangedKeys = {}): Keymap {
  const map = new Map<string, string>();
  const own = (command: Command): boolean => command.id in changed;
  for (const command of [...commands.filter(own), ...commands.filter((one) => !own(one))]) {
    for (const chord of keysOf(command, changed)) {
      if (!isReserved(chord) && !map.has(chord)) map.set(chord, command.id);
    }
  }
  return map;
}

/** The changes after a command got these keys: others lose them, and what is as by default is not kept. */
export function withKeys(
  commands: readonly Command[],
  changed: ChangedKeys,
  id: string,
  keys: readonly string[],
): ChangedKeys {
  const next: Record<string, readonly string[]> = {};
  for (const command of commands) {
    const wanted = command.id === id ? keys : keysOf(command, changed).filter((chord) => !keys.includes(chord));
    if (wanted.join(" ") !== command.keys.join(" ")) next[command.id] = wanted;
  }
  return next;
}

const SIGNS: Readonly<Record<string, string>> = {
  Enter: "↵",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  PageUp: "PgUp",
  PageDown: "PgDn",
};

/** A chord as it is printed: "Ctrl+Shift+Z", "PgDn", "↵". */
export function printed(chord: string): string {
  const parts = chord.endsWith("++") ? [chord.slice(0, -2), "+"] : chord.split("+");
  return parts.map((part) => SIGNS[part] ?? part).join("+") || "+";
}
