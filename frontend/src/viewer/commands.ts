import type { Surface } from "./useViewer";

export type CommandGroup = "draw" | "edit" | "look" | "flow";

/** Something that a key does. Ids are stored with the person, so they stay. */
export interface Command {
  id: string;
  group: CommandGroup;
  /** keys unless the person changes them: see `chordOf` */
  keys: readonly string[];
  /** its words in i18n */
  title: string;
}

export interface SurfaceCommand extends Command {
  run: (surface: Surface) => void;
}

type Edit = readonly [string, CommandGroup, string, (surface: Surface) => void];

/** What is done to the whole of the chosen class, and how the tools paint; the words are those of `drawing.key`. */
const EDITS: readonly Edit[] = [
  ["draw.shape", "draw", "Q", ({ adjust, state }) => { adjust({ shape: state.shape === "round" ? "square" : "round" }); }],
  ["draw.mode", "draw", "X", ({ adjust, state }) => { adjust({ mode: state.mode === "add" ? "subtract" : "add" }); }],
  ["draw.over", "draw", "Shift+B", ({ adjust, state }) => { adjust({ over: state.over === null ? 0 : null }); }],
  ["edit.holes", "edit", "Shift+F", ({ edit }) => { edit("fillHoles"); }],
  ["edit.islands", "edit", "Shift+I", ({ edit, state }) => { edit("removeIslands", state.islandSize); }],
  ["edit.smooth", "edit", "Shift+S", ({ edit, state }) => { edit("smooth", state.smoothing); }],
  ["edit.grow", "edit", "Shift+G", ({ edit, state }) => { edit("grow", state.growth); }],
  ["edit.shrink", "edit", "Shift+K", ({ edit, state }) => { edit("shrink", state.growth); }],
  ["edit.lock", "edit", "Shift+L", ({ toggleLock, state }) => { toggleLock(state.label); }],
  ["edit.clear", "edit", "Shift+Delete", ({ mergeClass, state }) => { mergeClass(state.label, 0); }],
  ["look.style", "look", "Shift+O", ({ adjust, state }) => { adjust({ maskStyle: state.maskStyle === "fill" ? "outline" : "fill" }); }],
];

/** What keys do to the drawing surface. A new tool is one line here. */
export const SURFACE_COMMANDS: readonly SurfaceCommand[] = [
  ...(
    [
      ["brush", "draw", "B", "annotation"],
      ["threshold", "draw", "T", "drawing"],
      ["eraser", "draw", "E", "annotation"],
      ["polygon", "draw", "P", "annotation"],
      ["lasso", "draw", "L", "drawing"],
      ["wire", "draw", "C", "drawing"],
      ["region", "draw", "G", "drawing"],
      ["fill", "draw", "F", "annotation"],
      ["accept", "draw", "A", "drawing"],
      ["click", "draw", "K", "drawing"],
      ["window", "look", "W", "annotation"],
      ["pan", "look", "M", "annotation"],
      ["ruler", "look", "R", "annotation"],
    ] as const
  ).map(([tool, group, key, words]) => ({
    id: `tool.${tool}`,
    group,
    keys: [key],
    title: `${words}.tool.${tool}`,
    run: (surface: Surface): void => {
      surface.chooseTool(tool);
    },
  })),
  {
    id: "brush.smaller",
    group: "draw",
    keys: ["["],
    title: "look.command.smaller",
    run: (surface) => {
      surface.resizeBrush(1 / 1.15);
    },
  },
  {
    id: "brush.larger",
    group: "draw",
    keys: ["]"],
    title: "look.command.larger",
    run: (surface) => {
      surface.resizeBrush(1.15);
    },
  },
  {
    id: "undo",
    group: "draw",
    keys: ["Ctrl+Z"],
    title: "annotation.tool.undo",
    run: (surface) => {
      surface.undo();
    },
  },
  {
    id: "redo",
    group: "draw",
    keys: ["Ctrl+Shift+Z", "Ctrl+Y"],
    title: "annotation.tool.redo",
    run: (surface) => {
      surface.redo();
    },
  },
  ...EDITS.map(([id, group, key, run]) => ({ id, group, keys: [key], title: `drawing.key.${id.split(".")[1]}`, run })),
  {
    id: "invert",
    group: "look",
    keys: ["I"],
    title: "look.invert",
    run: (surface) => {
      surface.invert();
    },
  },
  ...(["file", "full"] as const).map((preset, place) => ({
    id: `preset.${preset}`,
    group: "look" as const,
    keys: [`Shift+${"WA"[place]}`],
    title: `look.command.${preset}`,
    run: (surface: Surface): void => {
      surface.choosePreset(preset);
    },
  })),
];
