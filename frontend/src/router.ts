/** The paper's six routes by its names, and ours beside them. Every page is its own chunk. */
import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteRecordRaw } from "vue-router";

import { i18n } from "./i18n";
import { type Room, useAppearance } from "./stores/appearance";
import { useChosenProject } from "./stores/project";
import { useSession } from "./stores/session";

declare module "vue-router" {
  interface RouteMeta {
    /** Dark by default, narrow navigation. */
    room?: Room;
    /** The page shows the project chosen in the header. */
    project?: boolean;
    /** Open without signing in. */
    open?: boolean;
  }
}

export const routes: RouteRecordRaw[] = [
  { path: "/", name: "home", component: () => import("./views/HomeView.vue") },
  { path: "/login", name: "login", component: () => import("./views/LoginView.vue"), meta: { open: true } },
  {
    path: "/dataCollection/upload",
    name: "upload",
    component: () => import("./views/UploadView.vue"),
    meta: { project: true },
  },
  {
    path: "/annotation",
    name: "annotation",
    component: () => import("./views/AnnotationView.vue"),
    meta: { project: true, room: "reading" },
  },
  {
    path: "/review",
    name: "review",
    component: () => import("./views/ReviewView.vue"),
    meta: { project: true, room: "reading" },
  },
  { path: "/autoDiag", name: "loop", component: () => import("./views/LoopView.vue"), meta: { project: true } },
  {
    path: "/dataStatis",
    name: "statistics",
    component: () => import("./views/StatisticsView.vue"),
    meta: { project: true },
  },
  {
    path: "/dataCollection/download",
    name: "download",
    component: () => import("./views/DownloadView.vue"),
    meta: { project: true },
  },
  { path: "/team", name: "team", component: () => import("./views/TeamView.vue"), meta: { project: true } },
  { path: "/profile", name: "profile", component: () => import("./views/ProfileView.vue") },
  { path: "/:anything(.*)*", name: "missing", component: () => import("./views/MissingView.vue") },
];

export const router = createRouter({ history: createWebHistory(), routes });

/** Where to go after signing in: only a path of ours, for `//elsewhere` would lead away. */
export function landing(next: unknown): string {
  return typeof next === "string" && /^\/(?![/\\])/.test(next) ? next : "/";
}

/** `?project=ID` opens a page for that project. */
function chooseFromAddress(to: RouteLocationNormalized): void {
  const id = Number(to.query["project"]);
  if (Number.isInteger(id) && id > 0) useChosenProject().choose(id);
}

router.beforeEach(async (to) => {
  chooseFromAddress(to);
  if (to.meta.open) return true;
  const user = await useSession().identify();
  return user ? true : { name: "login", query: { next: to.fullPath } };
});

router.afterEach((to) => {
  useAppearance().room = to.meta.room ?? "office";
  document.title = `${i18n.global.t(`pages.${String(to.name)}`)} · Winnow`;
});
