import { SURFACE_COMMANDS, type Command } from "@/viewer";

/** What keys do on the page beside the drawing surface; usePageKeys gets what they do. */
export const PAGE_COMMANDS = [
  { id: "slice.before", group: "look", keys: ["ArrowUp"], title: "look.command.sliceBefore" },
  { id: "slice.after", group: "look", keys: ["ArrowDown"], title: "look.command.sliceAfter" },
  { id: "slice.first", group: "look", keys: ["Home"], title: "look.command.sliceFirst" },
  { id: "slice.last", group: "look", keys: ["End"], title: "look.command.sliceLast" },
  { id: "fit", group: "look", keys: ["H"], title: "annotation.tool.fit" },
  { id: "realSize", group: "look", keys: ["J"], title: "annotation.tool.realSize" },
  { id: "zoom.in", group: "look", keys: ["+", "="], title: "look.command.zoomIn" },
  { id: "zoom.out", group: "look", keys: ["-"], title: "look.command.zoomOut" },
  { id: "pan.up", group: "look", keys: ["Shift+ArrowUp"], title: "look.command.panUp" },
  { id: "pan.down", group: "look", keys: ["Shift+ArrowDown"], title: "look.command.panDown" },
  { id: "pan.left", group: "look", keys: ["Shift+ArrowLeft"], title: "look.command.panLeft" },
  { id: "pan.right", group: "look", keys: ["Shift+ArrowRight"], title: "look.command.panRight" },
  { id: "copy.before", group: "edit", keys: ["Shift+P"], title: "drawing.key.copyBefore" },
  { id: "copy.after", group: "edit", keys: ["Shift+N"], title: "drawing.key.copyAfter" },
  { id: "interpolate", group: "edit", keys: ["Shift+M"], title: "drawing.key.interpolate" },
  { id: "outline", group: "look", keys: ["O"], title: "annotation.key.outline" },
  { id: "heat", group: "look", keys: ["U"], title: "annotation.key.heat" },
  { id: "mask", group: "look", keys: ["V"], title: "annotation.key.mask" },
  { id: "layIn", group: "flow", keys: ["S"], title: "annotation.layIn" },
  { id: "submit", group: "flow", keys: ["Enter"], title: "annotation.key.submit" },
  { id: "pick.after", group: "flow", keys: ["PageDown"], title: "look.command.pickAfter" },
  { id: "pick.before", group: "flow", keys: ["PageUp"], title: "look.command.pickBefore" },
  { id: "shortcuts", group: "flow", keys: ["?"], title: "annotation.tool.shortcuts" },
] as const satisfies readonly Command[];

export type PageCommand = (typeof PAGE_COMMANDS)[number]["id"];

/** Every command of /annotation, in the order it is shown in. */
export const COMMANDS: readonly Command[] = [...SURFACE_COMMANDS, ...PAGE_COMMANDS];
