/** What a PACS says, as a person reads it. */
import type { PacsSeriesOut } from "@/api/types";

/** Host and port of an address, "" where there is none. */
export function hostOf(url: string | null | undefined): string {
  return url ? new URL(url).host : "";
}

/** "Nova^Ada^^Dr" as "Nova, Ada Dr"; of names in several scripts the first, as the server sends it. */
export function nameOf(person: string): string {
  const [family = "", ...rest] = person.split("^").map((part) => part.trim());
  const given = rest.filter(Boolean).join(" ");
  return [family, given].filter(Boolean).join(", ");
}

/** "20240131" as a date at noon, where no time zone makes it another day; null for what is no day. */
export function dayOf(text: string): Date | null {
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (!match) return null;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const date = new Date(year, month - 1, day, 12);
  return date.getMonth() === month - 1 && date.getDate() === day ? date : null;
}

/** Images in some series together; null where the PACS does not count them all. */
export function imagesIn(series: readonly Pick<PacsSeriesOut, "images">[]): number | null {
  return series.reduce<number | null>((sum, one) => (sum === null || one.images === null ? null : sum + one.images), 0);
}
