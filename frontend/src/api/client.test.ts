import { AxiosError, type InternalAxiosRequestConfig } from "axios";
import { afterEach, describe, expect, it, vi } from "vitest";

import { ApiError, getAll, http, onUnauthenticated, post, readError } from "./client";

interface Answer {
  status: number;
  data: unknown;
}

/** The server as a function of the request; remembers what was asked. */
function serve(answer: (config: InternalAxiosRequestConfig) => Answer) {
  const asked: InternalAxiosRequestConfig[] = [];
  http.defaults.adapter = (config) => {
    asked.push(config);
    const { status, data } = answer(config);
    const response = { status, data, statusText: "", headers: {}, config };
    if (status >= 200 && status < 300) return Promise.resolve(response);
    return Promise.reject(new AxiosError("refused", "ERR", config, null, response));
  };
  return asked;
}

const original = http.defaults.adapter;
afterEach(() => {
  http.defaults.adapter = original;
  onUnauthenticated(() => undefined);
});

describe("an error", () => {
  it("is read whatever form the body has", async () => {
    const body = { error: "InvalidMask", message: "too small", detail: { height: 3 } };
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    expect(await readError(body)).toEqual(body);
    expect(await readError(JSON.stringify(body))).toEqual(body);
    expect(await readError(bytes.buffer)).toEqual(body);
    expect(await readError("<html>Bad gateway</html>")).toBeNull();
    expect(await readError(undefined)).toBeNull();
  });

  it("carries status, class, message and detail", async () => {
    serve(() => ({ status: 409, data: { error: "StaleVersion", message: "saved in between", detail: { version: 4 } } }));
    const failure = await post("/x").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({ status: 409, error: "StaleVersion", message: "saved in between", detail: { version: 4 } });
  });

  it("says that the server was not reached", async () => {
    http.defaults.adapter = () => Promise.reject(new AxiosError("Network Error", "ERR_NETWORK"));
    await expect(post("/x")).rejects.toMatchObject({ status: 0, error: "Unreachable" });
  });

  it("of an ended session is told to who listens", async () => {
    const told = vi.fn();
    onUnauthenticated(told);
    serve(() => ({ status: 401, data: { error: "Unauthenticated", message: "sign in", detail: {} } }));
    await expect(post("/x")).rejects.toMatchObject({ status: 401 });
    expect(told).toHaveBeenCalledOnce();
  });
});

describe("a list", () => {
  it("is read to its end, page by page", async () => {
    const pages: Record<string, Answer["data"]> = {
      first: { items: [1, 2], next: "b" },
      b: { items: [3], next: null },
    };
    const asked = serve(({ params }) => ({ status: 200, data: pages[(params as { cursor?: string }).cursor ?? "first"] }));
    expect(await getAll("/numbers", { state: "auto" })).toEqual([1, 2, 3]);
    expect(asked.map(({ params }) => params as unknown)).toEqual([
      { limit: 500, state: "auto" },
      { limit: 500, state: "auto", cursor: "b" },
    ]);
  });

  it("stops once there is enough", async () => {
    const asked = serve(() => ({ status: 200, data: { items: [1, 2], next: "more" } }));
    expect(await getAll("/numbers", {}, 3)).toEqual([1, 2, 1]);
    expect(asked).toHaveLength(2);
  });
});

it("sends the CSRF token of the cookie", () => {
  expect(http.defaults).toMatchObject({ xsrfCookieName: "csrftoken", xsrfHeaderName: "X-CSRFToken", withXSRFToken: true });
});
