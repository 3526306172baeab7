/** Whose mask is drawn over the image. */
export type Layer = "annotation" | "network" | "none";
