/** The drawing surface. Everything outside this folder uses it through here. */
export * from "./chords";
export { SURFACE_COMMANDS, type Command, type CommandGroup } from "./commands";
export type { Label } from "./core/colours";
export { histogramOf, type Histogram } from "./core/histogram";
export { areaOf, type Place, type Spacing } from "./core/measure";
export { nearestFirst, Shelf } from "./core/slices";
export type { Edit } from "./core/drawing";
export { interpolate } from "./core/interpolate";
export { Mask } from "./core/mask";
export { CT_PRESETS, type Pixels, type Window } from "./core/window";
export { pack, unpack } from "./core/runs";
export { isTyping } from "./keys";
export type { NamedWindow, Peek, Picture, Preset, Stack, Tool } from "./types";
export { drawsClass, hasBrush, hasOutline } from "./types";
export { PART_PRESETS } from "./useLooking";
export { useViewer, type Surface } from "./useViewer";
export { default as Viewer } from "./Viewer.vue";
