/** The tour of the tools: its steps, and who has had it. */

/** Each step names the control it is about by its data-testid, and is told in keeping.tour.step.NAME. */
export const STEPS = [
  { name: "draw", control: "tool-brush" },
  { name: "classes", control: "class-1" },
  { name: "correct", control: "tool-eraser" },
  { name: "undo", control: "undo" },
  { name: "areas", control: "tool-polygon" },
  { name: "look", control: "tool-window" },
  { name: "suggestion", control: "show-suggestion" },
  { name: "saved", control: "save-mark" },
  { name: "submit", control: "submit" },
  { name: "keys", control: "shortcuts" },
] as const;

const key = (user: number): string => `winnow.tour.${String(user)}`;

/** Whether this user has taken the tour in this browser, or has declined it. */
export function toured(user: number): boolean {
  try {
    return localStorage.getItem(key(user)) !== null;
  } catch {
    return true;
  }
}

export function rememberTour(user: number): void {
  try {
    localStorage.setItem(key(user), "1");
  } catch {
    // it is offered again then
  }
}

/** Lights the control of a step up; none for -1, or where the page has no such control now. */
export function lightUp(step: number): void {
  for (const lit of document.querySelectorAll("[data-toured]")) lit.removeAttribute("data-toured");
  const control = STEPS.at(Math.max(0, step))?.control;
  if (step < 0 || !control) return;
  const found = document.querySelector(`[data-testid="${control}"]`);
  found?.setAttribute("data-toured", "");
  found?.scrollIntoView({ block: "nearest" });
}
