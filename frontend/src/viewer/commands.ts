import type { Surface } from "./useViewer";

export type CommandGroup = "draw" | "look" | "flow";

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

/** What keys do to the drawing surface. A new tool is one line here. */
export const SURFACE_COMMANDS: readonly SurfaceCommand[] = [
  ...(
    [
      ["brush", "draw", "B"],
      ["threshold", "draw", "T"],
      ["eraser", "draw", "E"],
      ["polygon", "draw", "P"],
      ["lasso", "draw", "L"],
      ["wire", "draw", "C"],
      ["fill", "draw", "F"],
      ["region", "draw", "G"],
      ["window", "look", "W"],
      ["pan", "look", "M"],
      ["ruler", "look", "R"],
    ] as const
  ).map(([tool, group, key]) => ({
    id: `tool.${tool}`,
    group,
    keys: [key],
    title: `annotation.tool.${tool}`,
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
    keys: [`Shift+${"FA"[place]}`],
    title: `look.command.${preset}`,
    run: (surface: Surface): void => {
      surface.choosePreset(preset);
    },
  })),
];
