/** Two languages, each its own chunk; numbers, dates and plurals by vue-i18n. */
import { createI18n, type I18nOptions } from "vue-i18n";

import type en from "./en";

export const LANGUAGES = ["en", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];
export type Messages = typeof en;

const KEY = "winnow.language";

const messages: Record<Language, () => Promise<{ default: Messages }>> = {
  en: () => import("./en"),
  zh: () => import("./zh"),
};

const dates = {
  day: { year: "numeric", month: "short", day: "numeric" },
  minute: { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
} as const;
const numbers = {
  plain: { maximumFractionDigits: 0 },
  one: { maximumFractionDigits: 1 },
  two: { minimumFractionDigits: 2, maximumFractionDigits: 2 },
  score: { minimumFractionDigits: 3, maximumFractionDigits: 3 },
  percent: { style: "percent", maximumFractionDigits: 0 },
} as const;

const options = {
  legacy: false,
  locale: "en" as Language,
  fallbackLocale: "en",
  messages: {} as Record<Language, Messages>,
  datetimeFormats: { en: dates, zh: dates },
  numberFormats: { en: numbers, zh: numbers },
  // a Vitest compares the keys of the languages; until the first is loaded nothing is shown
  missingWarn: false,
  fallbackWarn: false,
} satisfies I18nOptions;

export const i18n = createI18n<false, typeof options>(options);

export function preferredLanguage(): Language {
  const stored = localStorage.getItem(KEY);
  if (stored === "en" || stored === "zh") return stored;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export async function loadLanguage(language: Language): Promise<void> {
  const loaded = await messages[language]();
  i18n.global.setLocaleMessage(language, loaded.default);
  i18n.global.locale.value = language;
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

/** The language a user once chose elsewhere, for a browser where none is chosen. English may be nobody's choice. */
export async function adoptLanguage(language: string): Promise<void> {
  if (localStorage.getItem(KEY) === null && language === "zh") await loadLanguage("zh");
}

/** Loads, shows and remembers a language. */
export async function setLanguage(language: Language): Promise<void> {
  await loadLanguage(language);
  localStorage.setItem(KEY, language);
}
