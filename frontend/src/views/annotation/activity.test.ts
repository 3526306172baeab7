// @vitest-environment node
import { expect, it } from "vitest";

import { ActiveTime } from "./activity";

it("counts the time between actions and no long pause", () => {
  const time = new ActiveTime();
  for (const now of [100, 101, 109, 119.5, 120]) time.note(now);
  expect(time.seconds).toBe(1 + 8 + 0.5);
});

it("is nothing before the second action", () => {
  const time = new ActiveTime();
  time.note(5);
  expect(time.seconds).toBe(0);
});
