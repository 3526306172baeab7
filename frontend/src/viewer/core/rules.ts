import { ALL_WRITABLE, type Writable } from "./mask";

/** What a person has said about which labels may be changed. */
export interface Rules {
  /** Classes that stay as they are, because they are locked or hidden: they neither lose pixels nor gain any. */
  closed: ReadonlySet<number>;
  /** The only label that may be painted over (0: background); null for any. */
  over: number | null;
}

export const NO_RULES: Rules = { closed: new Set(), over: null };

const NONE: Writable = new Uint8Array(256);

/**
 * The labels that `value` may be painted over.
 *
 * "Only over background" is no reason not to erase: erasing obeys `over` only where that names a class.
 */
export function writableBy(rules: Rules, value: number): Writable {
  const { closed, over } = rules;
  if (closed.has(value)) return NONE;
  if (closed.size === 0 && over === null) return ALL_WRITABLE;
  const free = over === null || (value === 0 && over === 0);
  const writable = new Uint8Array(256).fill(free ? 1 : 0);
  if (!free) writable[over] = 1;
  for (const label of closed) writable[label] = 0;
  return writable;
}

/** Of what may be written over: one label only. */
export function only(writable: Writable, label: number): Writable {
  const narrow = new Uint8Array(256);
  narrow[label] = writable[label];
  return narrow;
}
