import vue from "@vitejs/plugin-vue";
import { ElementPlusResolver } from "unplugin-vue-components/resolvers";
import components from "unplugin-vue-components/vite";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => {
  const server = loadEnv(mode, ".", "WINNOW_")["WINNOW_SERVER"] ?? "http://127.0.0.1:8000";
  return {
    plugins: [
      vue(),
      // Element Plus on demand: only the components a template names, with their styles. Ours are imported by hand.
      components({ dts: false, dirs: [], resolvers: [ElementPlusResolver()] }),
    ],
    resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
    define: {
      __VUE_OPTIONS_API__: false,
      __VUE_I18N_FULL_INSTALL__: false,
      __VUE_I18N_LEGACY_API__: false,
      __INTLIFY_PROD_DEVTOOLS__: false,
    },
    // the sources of the server are read by a test
    server: { proxy: { "/api": server }, fs: { allow: [".", "../src"] } },
    build: {
      target: "es2022",
      chunkSizeWarningLimit: 700,
      rolldownOptions: {
        output: {
          codeSplitting: {
            groups: [{ name: "echarts", test: /node_modules[\\/](echarts|zrender)[\\/]/ }],
          },
        },
      },
    },
    test: {
      environment: "jsdom",
      include: ["src/**/*.test.ts"],
      testTimeout: 20_000,
      // a test reads the colours
      css: { include: [/src\/style\.css/] },
    },
  };
});
