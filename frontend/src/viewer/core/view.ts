import type { Point } from "./brush";

/** Where the image lies: screen = image * scale + (x, y). Screen units are CSS pixels inside the viewer's root. */
export interface View {
  x: number;
  y: number;
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

export const SCALE_MIN = 0.05;
export const SCALE_MAX = 64;

export function toImage(view: View, screen: Point): Point {
  return { x: (screen.x - view.x) / view.scale, y: (screen.y - view.y) / view.scale };
}

export function toScreen(view: View, image: Point): Point {
  return { x: image.x * view.scale + view.x, y: image.y * view.scale + view.y };
}

function centred(image: Size, screen: Size, scale: number): View {
  return {
    x: (screen.width - image.width * scale) / 2,
    y: (screen.height - image.height * scale) / 2,
    scale,
  };
}

/** The whole image, as large as it can be, with a small margin. */
export function fit(image: Size, screen: Size, margin = 8): View {
  const scale = Math.min(
    (screen.width - 2 * margin) / image.width,
    (screen.height - 2 * margin) / image.height,
  );
  return centred(image, screen, Math.min(SCALE_MAX, Math.max(SCALE_MIN, scale)));
}

/** One image pixel on one pixel of the device. */
export function oneToOne(image: Size, screen: Size, devicePixelRatio: number): View {
  return centred(image, screen, 1 / devicePixelRatio);
}

/** Zooms by a factor; the image point under the pointer stays there. */
export function zoomAt(view: View, pointer: Point, factor: number): View {
  const scale = Math.min(SCALE_MAX, Math.max(SCALE_MIN, view.scale * factor));
  const image = toImage(view, pointer);
  return { x: pointer.x - image.x * scale, y: pointer.y - image.y * scale, scale };
}

export function pan(view: View, dx: number, dy: number): View {
  return { ...view, x: view.x + dx, y: view.y + dy };
}

/** Keeps at least `keep` pixels of the image on the screen, so that it cannot get lost. */
export function hold(view: View, image: Size, screen: Size, keep = 48): View {
  const held = (offset: number, extent: number, room: number): number =>
    Math.min(room - Math.min(keep, extent), Math.max(Math.min(keep, extent) - extent, offset));
  return {
    x: held(view.x, image.width * view.scale, screen.width),
    y: held(view.y, image.height * view.scale, screen.height),
    scale: view.scale,
  };
}

/** When the viewer is resized, what was fitted stays fitted; else the middle stays on the same image point. */
export function resized(view: View, image: Size, before: Size, after: Size): View {
  const fitted = fit(image, before);
  const parts = ["x", "y", "scale"] as const;
  if (parts.every((part) => Math.abs(view[part] - fitted[part]) < 1e-6)) return fit(image, after);
  return pan(view, (after.width - before.width) / 2, (after.height - before.height) / 2);
}
