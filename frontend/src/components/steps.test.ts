import { describe, expect, it } from "vitest";

import type { ProjectOut } from "@/api/types";

import { PAGE, STEPS, tally } from "./steps";

const counts = {
  unlabelled: 10,
  picked: 3,
  draft: 2,
  rejected: 1,
  submitted: 5,
  accepted: 4,
  auto: 20,
  skipped: 1,
};
const project = (review: boolean) => ({ counts, settings: { review } }) as unknown as ProjectOut;

describe("tally", () => {
  it("puts every image in exactly one group", () => {
    const { images, labelled, automatic, waiting, unlabelled, skipped } = tally(project(false));
    expect(images).toBe(46);
    expect(labelled + automatic + waiting + unlabelled + skipped).toBe(images);
  });

  it("counts what was returned as waiting", () => {
    expect(tally(project(false)).waiting).toBe(6);
  });

  it("takes from the server how many images may be learned from: some are held out", () => {
    expect(tally({ ...project(false), usable: 7 }).usable).toBe(7);
  });
});

it("has a page for every step", () => {
  expect(STEPS.every((step) => PAGE[step])).toBe(true);
});
