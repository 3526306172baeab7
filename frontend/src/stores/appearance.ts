/** Light or dark, remembered apart for the office pages (light at first) and the reading pages (dark at first). */
import { defineStore } from "pinia";
import { computed, ref, watchEffect } from "vue";

export type Room = "office" | "reading";
type Theme = "light" | "dark";

const FIRST: Record<Room, Theme> = { office: "light", reading: "dark" };
const key = (room: Room): string => `winnow.theme.${room}`;

function stored(room: Room): Theme {
  const value = localStorage.getItem(key(room));
  return value === "light" || value === "dark" ? value : FIRST[room];
}

export const useAppearance = defineStore("appearance", () => {
  const room = ref<Room>("office");
  const themes = ref<Record<Room, Theme>>({ office: stored("office"), reading: stored("reading") });
  const dark = computed(() => themes.value[room.value] === "dark");

  function toggle(): void {
    const theme = dark.value ? "light" : "dark";
    themes.value[room.value] = theme;
    localStorage.setItem(key(room.value), theme);
  }

  watchEffect(() => document.documentElement.classList.toggle("dark", dark.value));

  return { room, dark, toggle };
});
