/**
 * The one way to the server: axios on /api with the session cookie and the CSRF header,
 * every failure turned into an ApiError that says something a person can read.
 */
import axios, { type AxiosError, type AxiosRequestConfig } from "axios";

import type { ErrorOut, Page } from "./types";

export class ApiError extends Error {
  /** status 0: the server was not reached at all */
  readonly status: number;
  /** class name of winnow.errors, or "Unreachable" */
  readonly error: string;
  readonly detail: Record<string, unknown>;

  constructor(status: number, body: ErrorOut) {
    super(body.message);
    this.name = "ApiError";
    this.status = status;
    this.error = body.error;
    this.detail = body.detail;
  }
}

export const http = axios.create({
  baseURL: "/api",
  withXSRFToken: true,
  xsrfCookieName: "csrftoken",
  xsrfHeaderName: "X-CSRFToken",
});

/**
 * Says with every request who the page belongs to; null for nobody. Somebody else who signs in in another tab changes
 * the session under the page, and the server then refuses what the page still does in the first one's name.
 */
export function actAs(user: number | null): void {
  if (user === null) delete http.defaults.headers.common["X-User"];
  else http.defaults.headers.common["X-User"] = String(user);
}

/** What a request outside of axios needs to be let in. */
export const admission = (): Record<string, string> => {
  const user = http.defaults.headers.common["X-User"];
  return { "X-CSRFToken": cookie("csrftoken"), ...(typeof user === "string" ? { "X-User": user } : {}) };
};

/** A cookie's value, "" where there is none. */
export function cookie(name: string): string {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

let unauthenticated = (): void => undefined;

/** Says what happens when the session has ended; set once by main.ts. */
export function onUnauthenticated(handler: () => void): void {
  unauthenticated = handler;
}

/** Not instanceof: the buffer may come from another realm. */
function isBytes(body: unknown): body is ArrayBuffer {
  return Object.prototype.toString.call(body) === "[object ArrayBuffer]";
}

/** The error's body whatever the request's responseType was; null when it is not one of ours. */
export async function readError(data: unknown): Promise<ErrorOut | null> {
  let body = data;
  try {
    if (body instanceof Blob) body = await body.text();
    if (isBytes(body)) body = new TextDecoder().decode(body);
    if (typeof body === "string") body = JSON.parse(body);
  } catch {
    return null;
  }
  if (typeof body !== "object" || body === null || !("message" in body)) return null;
  const { error, message, detail } = body as Partial<ErrorOut>;
  return { error: error ?? "WinnowError", message: String(message), detail: detail ?? {} };
}

async function toApiError(failure: AxiosError): Promise<ApiError> {
  const status = failure.response?.status ?? 0;
  const body = await readError(failure.response?.data);
  if (body) return new ApiError(status, body);
  if (status === 0) return new ApiError(0, { error: "Unreachable", message: failure.message, detail: {} });
  return new ApiError(status, { error: "WinnowError", message: `HTTP ${String(status)}`, detail: {} });
}

http.interceptors.response.use(undefined, async (failure: unknown) => {
  if (!axios.isAxiosError(failure) || axios.isCancel(failure)) throw failure;
  const error = await toApiError(failure);
  if (error.status === 401) unauthenticated();
  throw error;
});

export async function get<T>(url: string, config?: AxiosRequestConfig): Promise<T> {
  return (await http.get<T>(url, config)).data;
}

export async function post<T>(url: string, body?: unknown, config?: AxiosRequestConfig): Promise<T> {
  return (await http.post<T>(url, body, config)).data;
}

export async function put<T>(url: string, body?: unknown, config?: AxiosRequestConfig): Promise<T> {
  return (await http.put<T>(url, body, config)).data;
}

export async function patch<T>(url: string, body?: unknown): Promise<T> {
  return (await http.patch<T>(url, body)).data;
}

export async function remove(url: string): Promise<void> {
  await http.delete(url);
}

/** Every item of a cursor-paged list, or the first `most` of them. */
export async function getAll<T>(
  url: string,
  params: Record<string, unknown> = {},
  most = Number.POSITIVE_INFINITY,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await get<Page<T>>(url, {
      params: { limit: Math.min(most, 500), ...params, ...(cursor === null ? {} : { cursor }) },
      paramsSerializer: { indexes: null },
    });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null && items.length < most);
  return items.slice(0, most);
}
