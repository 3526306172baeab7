import { afterEach, describe, expect, it, vi } from "vitest";

import { checksumOf } from "./checksum";

/** jsdom's own Blob cannot be read as bytes */
const piece = (text: string): Blob =>
  ({ arrayBuffer: () => Promise.resolve(new TextEncoder().encode(text).buffer) }) as unknown as Blob;

describe("the checksum of a piece", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("is its SHA-256 in base64 (FIPS 180-2, B.1)", async () => {
    expect(await checksumOf(piece("abc"))).toBe("sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  });

  it("is none where the browser does not hash", async () => {
    vi.stubGlobal("crypto", {});
    expect(await checksumOf(piece("abc"))).toBeNull();
  });
});
