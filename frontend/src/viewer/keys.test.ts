import { describe, expect, it } from "vitest";

import { keymapOf } from "./chords";
import { SURFACE_COMMANDS } from "./commands";
import { pressKey } from "./keys";
import { recorder } from "./recorder.testing";
import type { Tool } from "./types";

describe("the keys", () => {
  const press = (tool: Tool, ...keys: KeyboardEventInit[]): string[] => {
    const { calls, surface } = recorder(tool);
    for (const init of keys) pressKey(surface, new KeyboardEvent("keydown", init));
    return calls;
  };

  it("choose tools, classes by value and then by place, and the brush", () => {
    const keys = ["b", "E", "p", "f", "w", "1", "2", "5", "0", "[", "]"].map((key) => ({ key }));
    expect(press("brush", ...keys)).toEqual([
      ...["brush", "eraser", "polygon", "fill", "window"],
      ...["class 1", "class 5", "class 5", "class 0", "smaller", "larger"],
    ]);
  });

  it("are those a person chose, and then not the default ones", () => {
    const { calls, surface } = recorder("brush");
    const keymap = keymapOf(SURFACE_COMMANDS, { "tool.brush": ["Q"], "tool.fill": ["B"], undo: [] });
    for (const key of ["q", "b", "f", "e"])
      pressKey(surface, new KeyboardEvent("keydown", { key }), keymap);
    pressKey(surface, new KeyboardEvent("keydown", { key: "z", ctrlKey: true }), keymap);
    expect(calls).toEqual(["brush", "fill", "eraser"]);
  });

  it("measure, invert, and take rulers away", () => {
    const keys = ["r", "i", "Escape"].map((key) => ({ key }));
    expect(press("brush", ...keys)).toEqual(["ruler", "invert", "no rulers"]);
  });

  it("undo and redo", () => {
    const ctrl = { ctrlKey: true };
    expect(
      press(
        "brush",
        { key: "z", ...ctrl },
        { key: "Z", shiftKey: true, ...ctrl },
        { key: "y", ...ctrl },
        { key: "z", metaKey: true },
      ),
    ).toEqual(["undo", "redo", "redo", "undo"]);
  });

  it("close, drop and step back in a polygon, and only there", () => {
    const { calls, state, surface } = recorder("polygon");
    const key = (name: string): boolean => pressKey(surface, new KeyboardEvent("keydown", { key: name }));
    expect(key("Enter")).toBe(false);
    state.polygon = [{ x: 1, y: 1 }];
    for (const name of ["Backspace", "Escape", "Enter"]) expect(key(name)).toBe(true);
    expect(calls).toEqual(["undo", "drop", "close 1"]);
  });

  it("are left to a field that is typed in", () => {
    const { calls, surface } = recorder("brush");
    const field = document.createElement("input");
    document.body.append(field);
    field.addEventListener("keydown", (event) => pressKey(surface, event));
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "e" }));
    field.type = "range";
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "e" }));
    expect(calls).toEqual(["eraser"]);
    field.remove();
  });
});
