import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { chordOf, isReserved, keymapOf, keysOf, printed, withKeys, type ChangedKeys } from "./chords";
import type { Command } from "./commands";

const command = (id: string, ...keys: string[]): Command => ({ id, group: "draw", keys, title: id });
const COMMANDS = [command("brush", "B"), command("fill", "F"), command("redo", "Ctrl+Y", "Ctrl+Shift+Z"), command("bare")];

const pressed = (init: KeyboardEventInit): string | null => chordOf(new KeyboardEvent("keydown", init));

describe("what was pressed", () => {
  it.each([
    [{ key: "b" }, "B"],
    [{ key: "B" }, "B"],
    [{ key: "B", shiftKey: true }, "Shift+B"],
    [{ key: "Z", ctrlKey: true, shiftKey: true }, "Ctrl+Shift+Z"],
    [{ key: "z", metaKey: true }, "Ctrl+Z"],
    [{ key: "?", shiftKey: true }, "?"],
    [{ key: "[" }, "["],
    [{ key: "ArrowUp", shiftKey: true }, "Shift+ArrowUp"],
    [{ key: " " }, "Space"],
    [{ key: "b", altKey: true }, "Alt+B"],
    [{ key: "и", code: "KeyB" }, "B"],
    [{ key: "Process", code: "KeyB" }, "B"],
    [{ key: "Shift", shiftKey: true }, null],
    [{ key: "Control", ctrlKey: true }, null],
  ] as const)("%o is %s", (init, chord) => {
    expect(pressed(init)).toBe(chord);
  });

  it("is a bracket where AltGr types it", () => {
    expect(pressed({ key: "[", ctrlKey: true, altKey: true, modifierAltGraph: true })).toBe("[");
    expect(pressed({ key: "[", ctrlKey: true })).toBe("Ctrl+[");
  });

  it("is printed as on the keys", () => {
    expect(["PageDown", "Ctrl+Shift+Z", "Enter", "+", "Ctrl++"].map(printed)).toEqual([
      "PgDn",
      "Ctrl+Shift+Z",
      "↵",
      "+",
      "Ctrl++",
    ]);
  });
});

describe("changed keys", () => {
  it("come before the default of another command", () => {
    const map = keymapOf(COMMANDS, { fill: ["B"] });
    expect(map.get("B")).toBe("fill");
    expect(map.has("F")).toBe(false);
  });

  it("never take what is reserved", () => {
    expect(["1", "Escape", "Space", "Tab", "Shift+Tab", "Ctrl+W", "Ctrl+T", "F5"].filter((key) => !isReserved(key))).toEqual(
      [],
    );
    expect(["B", "Ctrl+Z", "Shift+B", "PageUp", "Enter", "?"].filter(isReserved)).toEqual([]);
    expect(keymapOf(COMMANDS, { fill: ["1"] }).has("1")).toBe(false);
  });

  it("take a key from who had it, and are not kept where they are the default", () => {
    const taken = withKeys(COMMANDS, {}, "fill", ["B"]);
    expect(taken).toEqual({ fill: ["B"], brush: [] });
    expect(withKeys(COMMANDS, taken, "brush", ["B"])).toEqual({ fill: [] });
    expect(withKeys(COMMANDS, { fill: [] }, "fill", ["F"])).toEqual({});
    expect(withKeys(COMMANDS, {}, "redo", ["Ctrl+Y"])).toEqual({ redo: ["Ctrl+Y"] });
  });

  it("never let one key mean two things, whatever is changed in whatever order", () => {
    const keys = fc.constantFrom("B", "F", "G", "Ctrl+Y", "Ctrl+Shift+Z");
    const change = fc.tuple(fc.constantFrom(...COMMANDS.map(({ id }) => id)), fc.uniqueArray(keys, { maxLength: 2 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        let changed: ChangedKeys = {};
        for (const [id, wanted] of changes) {
          changed = withKeys(COMMANDS, changed, id, wanted);
          const all = COMMANDS.flatMap((one) => keysOf(one, changed));
          expect(new Set(all).size).toBe(all.length);
          const map = keymapOf(COMMANDS, changed);
          for (const key of wanted) expect(map.get(key)).toBe(id);
        }
      }),
    );
  });
});
