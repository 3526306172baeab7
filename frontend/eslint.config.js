import js from "@eslint/js";
import vue from "eslint-plugin-vue";
import globals from "globals";
import typescript from "typescript-eslint";

const viewerByItsDoor = {
  group: ["**/viewer/*", "!**/viewer/index", "!**/viewer/index.ts"],
  message: "The viewer is used through viewer/index.ts only.",
};

export default typescript.config(
  { ignores: ["dist/", "src/api/schema.d.ts"] },
  js.configs.recommended,
  ...typescript.configs.strict,
  ...typescript.configs.stylistic,
  ...vue.configs["flat/recommended"],
  {
    files: ["**/*.{ts,vue,js}"],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { parser: typescript.parser, extraFileExtensions: [".vue"] },
    },
    rules: {
      // vue-tsc knows the names better
      "no-undef": "off",
      eqeqeq: "error",
      "no-console": "error",
      "no-restricted-imports": ["error", { patterns: [viewerByItsDoor] }],
      "vue/block-order": ["error", { order: ["script", "template", "style"] }],
      "vue/component-api-style": ["error", ["script-setup"]],
      "vue/define-macros-order": "error",
      "vue/no-v-html": "error",
      "vue/no-unused-refs": "error",
      // the shape of markup on the page is left to its author
      "vue/max-attributes-per-line": "off",
      "vue/singleline-html-element-content-newline": "off",
      "vue/html-self-closing": ["error", { html: { void: "always" } }],
      "vue/html-indent": "off",
      "vue/html-closing-bracket-newline": "off",
      "vue/first-attribute-linebreak": "off",
      "vue/multiline-html-element-content-newline": "off",
    },
  },
  {
    files: ["src/viewer/**"],
    rules: { "no-restricted-imports": "off" },
  },
  {
    files: ["src/viewer/core/**"],
    ignores: ["**/*.test.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: ["vue", "vue-i18n", "vue-router", "pinia", "axios", "element-plus"].map((name) => ({
            name,
            message: "viewer/core is plain TypeScript: it knows neither Vue nor the server.",
          })),
          patterns: [
            { group: ["@/*", "../*", "@vue/*", "@tanstack/*"], message: "viewer/core imports only from viewer/core." },
          ],
        },
      ],
    },
  },
);
