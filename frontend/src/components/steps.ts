/** Where a project stands in the loop, derived from what the server says about it. */
import type { ImageState, ProjectOut, Step } from "@/api/types";

export const STEPS: readonly Step[] = ["upload", "query", "annotate", "train", "autoannotate", "export"];

/** The page where each step is done. */
export const PAGE: Record<Step, string> = {
  upload: "upload",
  query: "loop",
  annotate: "annotation",
  train: "loop",
  autoannotate: "loop",
  export: "download",
};

const sum = (project: ProjectOut, states: readonly ImageState[]): number =>
  states.reduce((total, state) => total + (project.counts[state] ?? 0), 0);

export interface Tally {
  images: number;
  /** drawn by a person: submitted or accepted */
  labelled: number;
  /** learned from: with review only the accepted ones, and none of the test set */
  usable: number;
  automatic: number;
  waiting: number;
  unlabelled: number;
  skipped: number;
}

export function tally(project: ProjectOut): Tally {
  const images = Object.values(project.counts).reduce((total, count) => total + count, 0);
  return {
    images,
    labelled: sum(project, ["submitted", "accepted"]),
    usable: project.usable,
    automatic: sum(project, ["auto"]),
    waiting: sum(project, ["picked", "draft", "rejected"]),
    unlabelled: sum(project, ["unlabelled"]),
    skipped: sum(project, ["skipped"]),
  };
}
