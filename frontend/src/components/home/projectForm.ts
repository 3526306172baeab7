/** What the project form holds, and what is wrong with it. */
import type { Label, ProjectIn, ProjectOut, ProjectSettings } from "@/api/types";

/** Apart for colour-blind eyes too, and visible over grey images. */
const COLOURS = ["#e4572e", "#2e86de", "#f2b134", "#8e5bd0", "#3dbb6e", "#e86fa6", "#17b3c1", "#a7c73a", "#c98a4b"];

export const DEFAULTS: ProjectSettings = {
  strategy: "winnow",
  cold_start: "diverse",
  K: 16,
  k: 8,
  network: "fcn_fast",
  members: 4,
  size: 256,
  epochs: 120,
  min_labels: 4,
  seed: 0,
  review: false,
  target_iou: 0,
  label_budget: 0,
  slices: "acquired",
  burned_in: "blank",
  blind_share: 0.1,
  deidentification: [],
};

/** Across which axis of the patient volumes are cut. */
export const SLICES = ["acquired", "axial", "coronal", "sagittal"] as const;

/** What becomes of text in the pixels. */
export const BURNED_IN = ["blank", "quarantine", "off"] as const;

/** The options of DICOM PS3.15 E.3 for headers, in the order of their codes. */
export const DEIDENTIFICATION = [
  "clean_graphics",
  "clean_descriptors",
  "retain_modified_dates",
  "retain_patient_characteristics",
  "retain_device_identity",
  "retain_uids",
  "retain_safe_private",
] as const satisfies readonly ProjectSettings["deidentification"][number][];

export interface ProjectForm {
  name: string;
  labels: Label[];
  settings: ProjectSettings;
}

export function emptyForm(): ProjectForm {
  return { name: "", labels: [nextLabel([])], settings: { ...DEFAULTS, deidentification: [] } };
}

export function formOf(project: ProjectOut): ProjectForm {
  return {
    name: project.name,
    labels: project.labels.map((label) => ({ ...label })),
    settings: { ...project.settings, deidentification: [...project.settings.deidentification] },
  };
}

/** A new class: the first free value and the first free colour. */
export function nextLabel(labels: Label[]): Label {
  const values = new Set(labels.map((label) => label.value));
  const colours = new Set(labels.map((label) => label.colour.toLowerCase()));
  let value = 1;
  while (values.has(value)) value += 1;
  const colour = COLOURS.find((one) => !colours.has(one)) ?? COLOURS[value % COLOURS.length] ?? "#e4572e";
  return { value, name: "", colour, code: "" };
}

export type Problem =
  | "name"
  | "noClass"
  | "className"
  | "classNameTwice"
  | "classValue"
  | "classValueTwice"
  | "pickMoreThanCandidates";

export function problems(form: ProjectForm): Problem[] {
  const found: Problem[] = [];
  const names = form.labels.map((label) => label.name.trim());
  const values = form.labels.map((label) => label.value);
  if (form.name.trim() === "") found.push("name");
  if (form.labels.length === 0) found.push("noClass");
  if (names.includes("")) found.push("className");
  if (new Set(names).size < names.length && !names.includes("")) found.push("classNameTwice");
  if (values.some((value) => !Number.isInteger(value) || value < 1 || value > 255)) found.push("classValue");
  if (new Set(values).size < values.length) found.push("classValueTwice");
  if (form.settings.k > form.settings.K) found.push("pickMoreThanCandidates");
  return found;
}

export function toBody(form: ProjectForm): ProjectIn {
  return {
    name: form.name.trim(),
    labels: form.labels.map((label) => ({ ...label, name: label.name.trim(), code: label.code.trim() })),
    settings: form.settings,
  };
}
