import "element-plus/theme-chalk/base.css";
import "element-plus/theme-chalk/dark/css-vars.css";
import "element-plus/theme-chalk/el-message.css";
import "element-plus/theme-chalk/el-message-box.css";
import "./style.css";

import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { createPinia } from "pinia";
import { createApp } from "vue";

import App from "./App.vue";
import { ApiError, onUnauthenticated } from "./api/client";
import { i18n, loadLanguage, preferredLanguage } from "./i18n";
import { router } from "./router";
import { useSession } from "./stores/session";

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // a refusal stays a refusal; only a server that is away is asked again
      retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
    },
  },
});

/** After an update of the server an open page asks for pieces that are gone: load the new one, but not for ever. */
window.addEventListener("vite:preloadError", () => {
  const last = Number(sessionStorage.getItem("winnow.reloaded"));
  if (Date.now() - last < 10_000) return;
  sessionStorage.setItem("winnow.reloaded", String(Date.now()));
  window.location.reload();
});

async function start(): Promise<void> {
  await loadLanguage(preferredLanguage());
  const app = createApp(App).use(createPinia()).use(i18n).use(VueQueryPlugin, { queryClient });
  const session = useSession();
  onUnauthenticated(() => {
    if (session.end()) return;
    const here = router.currentRoute.value;
    if (here.name !== "login") void router.push({ name: "login", query: { next: here.fullPath } });
  });
  app.use(router).mount("#app");
}

void start();
