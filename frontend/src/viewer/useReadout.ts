import { computed } from "vue";

import { patientPosition } from "./core/measure";
import { saying } from "./rulers";
import type { ViewerState } from "./types";

export const minus = (value: number | string): string => String(value).replaceAll("-", "−");

interface Part {
  name: "pixel" | "mm" | "patient" | "value";
  text: string;
}

/** What is under the pointer, in words: the pixel, where it lies in the plane or in the patient, its value. */
export function useReadout(state: () => ViewerState) {
  const under = computed<Part[]>(() => {
    const { pointer, picture: open, peek } = state();
    const picture = peek?.picture ?? open;
    if (!pointer || !picture) return [];
    const { spacing, place } = picture;
    const parts: Part[] = [{ name: "pixel", text: `${String(pointer.x)}, ${String(pointer.y)}` }];
    const middle = { x: pointer.x + 0.5, y: pointer.y + 0.5 };
    if (spacing && place) {
      const position = patientPosition(middle, place, spacing);
      parts.push({ name: "patient", text: `${position.map((part) => minus(part.toFixed(1))).join(", ")} mm` });
    } else if (spacing) {
      const plane = [middle.x * spacing[1], middle.y * spacing[0]];
      parts.push({ name: "mm", text: `${plane.map((part) => part.toFixed(1)).join(", ")} mm` });
    }
    const value = minus(pointer.values.join(" / "));
    return [...parts, { name: "value", text: `${value} ${picture.unit}`.trim() }];
  });
  /** What the newest ruler of the slice on the screen says; "" without one. */
  const measured = computed(() => {
    const { rulers, picture, peek } = state();
    const id = (peek?.picture ?? picture)?.id;
    const last = rulers.findLast(({ image }) => image === id);
    return last ? saying(last) : "";
  });
  return { under, measured, minus };
}
