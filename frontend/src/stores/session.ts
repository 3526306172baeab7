/** Who is signed in. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";

import { ApiError, get, patch, post } from "@/api/client";
import type { UserOut } from "@/api/types";
import { adoptLanguage, type Language, setLanguage } from "@/i18n";

export const useSession = defineStore("session", () => {
  const user = ref<UserOut | null>(null);
  const asked = ref(false);
  const administrator = computed(() => user.value?.administrator ?? false);

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

  async function login(name: string, password: string): Promise<void> {
    user.value = await post<UserOut>("/login", { name, password });
    asked.value = true;
    await adoptLanguage(user.value.language);
  }

  async function logout(): Promise<void> {
    await post("/logout");
    forget();
  }

  function forget(): void {
    user.value = null;
    asked.value = true;
  }

  /** Switches the pages at once and, for a signed-in user, remembers it on the server. */
  async function speak(language: Language): Promise<void> {
    await setLanguage(language);
    if (user.value) user.value = await patch<UserOut>("/me", { language });
  }

  return { user, administrator, identify, login, logout, forget, speak };
});
