/** Friendly names for the generated schema, with the free-form parts given the shape the server documents. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export interface Page<T> {
  items: T[];
  next: string | null;
}

export type ErrorOut = Schemas["ErrorOut"];
export type Label = Schemas["Label"];
export type ProjectSettings = Schemas["ProjectSettings"];
export type ProjectSettingsIn = Partial<Schemas["ProjectSettings"]>;
export type Role = Schemas["MemberOut"]["role"];
export type UserOut = Schemas["UserOut"];
export type MemberOut = Schemas["MemberOut"];
export type FactorOut = Schemas["FactorOut"];
export type FactorBegunOut = Schemas["FactorBegunOut"];
export type TokenOut = Schemas["TokenOut"];
export type MaskSaved = Schemas["MaskSaved"];
export type PresenceOut = Schemas["PresenceOut"];
export type IngestedFileOut = Schemas["IngestedFileOut"];
export type FoundUpload = components["schemas"]["FoundUpload"];
export type ChangeOut = Schemas["ChangeOut"];
export type QuarantinedOut = Schemas["QuarantinedOut"];
export type PacsOut = Schemas["PacsOut"];
export type PacsStudyOut = Schemas["PacsStudyOut"];
export type PacsStudiesOut = Schemas["PacsStudiesOut"];
export type PacsSeriesOut = Schemas["PacsSeriesOut"];
export type ExportOut = Schemas["ExportOut"];
export type StatisticsOut = Schemas["StatisticsOut"];
export type LearningPoint = Schemas["LearningPoint"];
export type ImageState = Schemas["ImageOut"]["state"];
export type JobState = Schemas["JobOut"]["state"];
/** The six words of the loop, in its order. */
export type Step = "upload" | "query" | "annotate" | "train" | "autoannotate" | "export";

export interface ProjectIn {
  name: string;
  labels: Label[];
  settings?: ProjectSettingsIn;
}

export type ProjectOut = Omit<Schemas["ProjectOut"], "mine" | "counts"> & {
  counts: Partial<Record<ImageState, number>>;
  mine: { picks?: number; returned?: number; review?: number };
};

export interface PersonsMask {
  id: number;
  version: number;
  author: string;
  at: string;
  class_pixels: Record<string, number>;
  purpose: string;
  provenance: Provenance;
}

/** Where a person's mask comes from (docs/reference/metrics.md). */
export interface Provenance {
  by: "person" | "network" | "file";
  suggestion: { annotation: number; network: number | null } | null;
  blind: boolean;
  pixels: Record<"suggested" | "changed" | "clicked" | "copied" | "drawn" | "removed", number> | null;
  agreement: number | null;
}

export interface NetworksMask {
  id: number;
  network: number;
  /** the network's estimate of its mean Dice, and where nine of ten such masks lie */
  quality: number | null;
  quality_interval: [number, number] | null;
  at: string;
  class_pixels: Record<string, number>;
  uncertainty: boolean;
  probabilities: boolean;
}

export interface PickScores {
  uncertainty?: number;
  similarity?: number;
  class?: number;
  /** what a pick of the strategy "winnow" was for: the class, or the entropy over all of them */
  by?: "class" | "entropy";
  /** id of the nearest labelled image */
  neighbour?: number;
}

export interface ImagePick {
  round: number;
  rank: number;
  scores: PickScores;
  leased_to: string | null;
  /** whether there is a heat map */
  uncertainty: boolean;
}

export type ImageOut = Omit<Schemas["ImageOut"], "annotation" | "automatic" | "pick" | "window" | "spacing_mm"> & {
  window: [number, number];
  spacing_mm: [number, number] | null;
  annotation: PersonsMask | null;
  automatic: NetworksMask | null;
  pick: ImagePick | null;
};

export type PickOut = Omit<Schemas["PickOut"], "scores"> & { scores: PickScores };
export type RoundOut = Omit<Schemas["RoundOut"], "picks"> & { picks: PickOut[] };

export interface Metrics {
  mean_iou?: number | null;
  mean_dice?: number | null;
  iou?: Record<string, number | null>;
  dice?: Record<string, number | null>;
  measured_on?: string;
  images?: number;
  members?: number;
  calibration?: Calibration;
  /** the same on the frozen test set */
  test?: Metrics;
}

/** How a network compared with the one in use when it was trained; empty where nothing could be compared. */
export interface Gate {
  passed?: boolean;
  against?: number;
  measured_on?: "test-set" | "new-labels";
  difference?: number;
  low?: number;
  high?: number;
  images?: number;
}

/** How the Dice of automatic masks is predicted: what the page shows of it. */
export interface Calibration {
  images: number;
  /** mean absolute error, each image left out once; null where there are too few */
  error: number | null;
  correlation: number | null;
}

/** `config.network` is the kind of network, by its name in the project's settings. */
export type NetworkOut = Omit<Schemas["NetworkOut"], "metrics" | "config" | "gate"> & {
  metrics: Metrics;
  config: { network: string };
  gate: Gate;
};

export type TestSetOut = Schemas["TestSetOut"];

export interface JobResult {
  images?: number;
  written?: number;
  refused?: number;
  duplicates?: number;
  quarantined?: number;
  round?: number;
  network?: number;
  export?: number;
  image?: number;
  failed?: { image: number; reason: string }[];
}

export type JobOut = Omit<Schemas["JobOut"], "result"> & { result: JobResult };
