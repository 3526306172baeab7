import { createPinia, setActivePinia } from "pinia";
import { beforeEach, expect, it, vi } from "vitest";

import * as client from "./api/client";
import { landing, router, routes } from "./router";
import { useAppearance } from "./stores/appearance";
import { useChosenProject } from "./stores/project";

// where the router leads is tested here, not what is shown there
vi.mock("./views/LoginView.vue", () => ({ default: { render: () => null } }));
vi.mock("./views/MissingView.vue", () => ({ default: { render: () => null } }));

beforeEach(() => {
  localStorage.clear();
  setActivePinia(createPinia());
  vi.restoreAllMocks();
});

const somebody = () =>
  vi.spyOn(client, "get").mockResolvedValue({ id: 1, name: "mo", administrator: false, language: "en" });

it("has the paper's six routes and ours", () => {
  const paths = routes.map((route) => route.path);
  for (const path of ["/", "/dataCollection/upload", "/annotation", "/autoDiag", "/dataStatis", "/dataCollection/download"]) {
    expect(paths).toContain(path);
  }
  for (const path of ["/login", "/review", "/team", "/profile"]) expect(paths).toContain(path);
});

it("leads who is not signed in to the sign-in page, and remembers where they wanted to go", async () => {
  const refusal = new client.ApiError(401, { error: "Unauthenticated", message: "", detail: {} });
  vi.spyOn(client, "get").mockRejectedValue(refusal);
  await router.push("/missing-page?project=4");
  expect(router.currentRoute.value.name).toBe("login");
  expect(router.currentRoute.value.query["next"]).toBe("/missing-page?project=4");
});

it("lands only on pages of ours after signing in", () => {
  expect(landing("/team?project=3")).toBe("/team?project=3");
  for (const next of ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", undefined, ["/a"]]) {
    expect(landing(next)).toBe("/");
  }
});

it("chooses the project of the address, and keeps it", async () => {
  somebody();
  await router.push("/nowhere?project=12");
  expect(useChosenProject().id).toBe(12);
  await router.push("/nowhere/else?project=nonsense");
  expect(useChosenProject().id).toBe(12);
  setActivePinia(createPinia());
  expect(useChosenProject().id).toBe(12);
});

it("reads in the dark and works in the light, each as last chosen", () => {
  const appearance = useAppearance();
  expect(appearance.dark).toBe(false);
  appearance.room = "reading";
  expect(appearance.dark).toBe(true);
  appearance.toggle();
  expect(appearance.dark).toBe(false);
  setActivePinia(createPinia());
  const later = useAppearance();
  later.room = "reading";
  expect(later.dark).toBe(false);
});
