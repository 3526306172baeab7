/** Who is signed in. */
import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";

import { actAs, ApiError, get, patch, post } from "@/api/client";
import type { UserOut } from "@/api/types";
import { adoptLanguage, type Language, setLanguage } from "@/i18n";

export const useSession = defineStore("session", () => {
  const user = ref<UserOut | null>(null);
  const asked = ref(false);
  /** the page holds work: when the session ends it stays, and asks to sign in again */
  const staying = ref(false);
  /** the session has ended, and the page waits for the same person to sign in again */
  const lapsed = ref(false);
  const administrator = computed(() => user.value?.administrator ?? false);

  // with the very next request, not after the next render
  watch(
    () => user.value?.id ?? null,
    (id) => {
      actAs(id);
    },
    { flush: "sync" },
  );

  /** Asks the server once who this is. Returns null for nobody; throws when the server is away. */
  async function identify(): Promise<UserOut | null> {
    if (asked.value) return user.value;
    try {
      user.value = await get<UserOut>("/me");
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      user.value = null;
    }
    asked.value = true;
    return user.value;
  }

  async function login(name: string, password: string, code = ""): Promise<void> {
    user.value = await post<UserOut>("/login", { name, password, code });
    asked.value = true;
    lapsed.value = false;
    await adoptLanguage(user.value.language);
  }

  /** The session has ended. Whether the page stays, and asks to sign in again. */
  function end(): boolean {
    if (staying.value && user.value) lapsed.value = true;
    else forget();
    return lapsed.value;
  }

  /** Whether the same person has signed in again elsewhere in this browser meanwhile. */
  async function resumed(): Promise<boolean> {
    if (!lapsed.value) return true;
    try {
      // the server refuses it to anybody else, see actAs
      await get<UserOut>("/me");
      lapsed.value = false;
    } catch {
      return false;
    }
    return true;
  }

  async function logout(): Promise<void> {
    await post("/logout");
    forget();
  }

  function forget(): void {
    user.value = null;
    asked.value = true;
    lapsed.value = false;
  }

  /** Switches the pages at once and, for a signed-in user, remembers it on the server. */
  async function speak(language: Language): Promise<void> {
    await setLanguage(language);
    if (user.value) user.value = await patch<UserOut>("/me", { language });
  }

  return { user, administrator, staying, lapsed, identify, login, logout, forget, end, resumed, speak };
});
