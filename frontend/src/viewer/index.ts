/** The drawing surface. Everything outside this folder uses it through here. */
export type { Label } from "./core/colours";
export { CT_PRESETS, type Pixels, type Window } from "./core/window";
export { pack, unpack } from "./core/runs";
export { isTyping } from "./keys";
export type { Picture, Preset, Tool } from "./types";
export { useViewer, type Surface } from "./useViewer";
export { default as Viewer } from "./Viewer.vue";
