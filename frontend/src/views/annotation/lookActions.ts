import type { Viewer } from "@/viewer";

import type { Actions } from "./usePageKeys";

type View = Pick<InstanceType<typeof Viewer>, "fit" | "realSize" | "zoomBy" | "panBy">;

interface Slices {
  step: (by: number) => boolean;
  go: (to: number) => boolean;
}

/** What the keys that only look do: zoom, move, go through the slices. Those for slices answer false where there are none. */
export function lookActions(viewer: () => View | null | undefined, { step, go }: Slices) {
  return {
    fit: () => viewer()?.fit(),
    realSize: () => viewer()?.realSize(),
    "zoom.in": () => viewer()?.zoomBy(1.25),
    "zoom.out": () => viewer()?.zoomBy(0.8),
    // further up is seen when the image moves down
    "pan.up": () => viewer()?.panBy(0, 1),
    "pan.down": () => viewer()?.panBy(0, -1),
    "pan.left": () => viewer()?.panBy(1, 0),
    "pan.right": () => viewer()?.panBy(-1, 0),
    "slice.before": () => step(-1),
    "slice.after": () => step(1),
    "slice.first": () => go(0),
    "slice.last": () => go(Infinity),
  } satisfies Partial<Actions>;
}
