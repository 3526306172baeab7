/** Line drawings of 24 x 24, one path each: what Element Plus has no icon for. */
export const ICONS = {
  pan: "M12 3v18M3 12h18M12 3l-3 3M12 3l3 3M12 21l-3-3M12 21l3-3M3 12l3-3M3 12l3 3M21 12l-3-3M21 12l-3 3",
  brush: "M20 4c-5 2-9 6-11 10l2 2c4-2 8-6 9-12zM8 15c-3 0-4 2-4 5 3 0 6-1 6-3",
  eraser: "M13 4l7 7-8 9H8l-5-5zM8 9l7 7M12 20h9",
  polygon: "M12 4l8 6-3 9H7L4 10zM12 3v2M20 9v2M4 9v2M7 18v2M17 18v2",
  fill: "M11 3l8 8-7 8-8-8 7-8M5 11h13M20 15c1 2 2 3 2 4a2 2 0 0 1-4 0c0-1 1-2 2-4z",
  window: "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M12 3v18M12 8h7M12 12h9M12 16h7",
  ruler: "M16 3l5 5L8 21l-5-5zM13 6l2 2M10 9l3 3M7 12l2 2",
  undo: "M8 5L4 9l4 4M4 9h10a6 6 0 0 1 0 12h-4",
  redo: "M16 5l4 4-4 4M20 9H10a6 6 0 0 0 0 12h4",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  keys: "M3 7h18v11H3zM7 11h.01M11 11h.01M15 11h.01M8 15h8",
  seen: "M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7zM12 9a3 3 0 1 0 0 6a3 3 0 0 0 0-6",
  hidden: "M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7zM4 20L20 4",
  threshold: "M20 4c-5 2-9 6-11 10l2 2c4-2 8-6 9-12zM3 20h4v-4h4v-3M14 20h7M14 16h7",
  lasso: "M12 4c5 0 9 2 9 6s-4 6-9 6-9-2-9-6 4-6 9-6zM8 16c-2 1-2 3 0 4s2 2 0 2",
  wire: "M5 19c1-6 2-8 6-8s6-1 8-6M5 17a2 2 0 1 0 0 4a2 2 0 0 0 0-4M19 3a2 2 0 1 0 0 4a2 2 0 0 0 0-4M11 9a2 2 0 1 0 0 4a2 2 0 0 0 0-4",
  region: "M4 20L14 10M17 3v4M15 5h4M20 10v3M18.5 11.5h3M9 4v3M7.5 5.5h3",
  round: "M12 5a7 7 0 1 0 0 14a7 7 0 0 0 0-14",
  square: "M5 5h14v14H5z",
  pipette: "M14 7l3 3M12 9l3 3-8 8H4v-3zM15 6l2-2c1-1 4 2 3 3l-2 2",
  locked: "M6 11h12v9H6zM8 11V8a4 4 0 0 1 8 0v3",
  unlocked: "M6 11h12v9H6zM8 11V7a4 4 0 0 1 7-2",
  more: "M6 12h.01M12 12h.01M18 12h.01",
} as const;

export type IconName = keyof typeof ICONS;
