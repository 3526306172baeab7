/** The project chosen in the header, kept in this browser. */
import { defineStore } from "pinia";
import { ref } from "vue";

const KEY = "winnow.project";

function stored(): number | null {
  const id = Number(localStorage.getItem(KEY));
  return Number.isInteger(id) && id > 0 ? id : null;
}

export const useChosenProject = defineStore("project", () => {
  const id = ref(stored());

  function choose(project: number): void {
    id.value = project;
    localStorage.setItem(KEY, String(project));
  }

  function forget(): void {
    id.value = null;
    localStorage.removeItem(KEY);
  }

  return { id, choose, forget };
});
