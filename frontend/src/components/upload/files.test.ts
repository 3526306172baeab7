import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { batches, wanted } from "./files";

describe("batches", () => {
  it("lose nothing, keep the order and hold the limits", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100)), fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 200 }), (sizes, most, bytes) => {
        const files = sizes.map((size) => ({ size }));
        const cut = batches(files, { most, bytes });
        expect(cut.flat()).toEqual(files);
        for (const batch of cut) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(most);
          const total = batch.reduce((sum, file) => sum + file.size, 0);
          expect(batch.length === 1 || total <= bytes).toBe(true);
        }
      }),
    );
  });
});

describe("wanted", () => {
  it("leaves out what file managers strew", () => {
    const files = ["a.png", ".DS_Store", "Thumbs.db", "._a.png"].map((name) => new File([], name));
    expect(wanted(files).map((file) => file.name)).toEqual(["a.png"]);
  });
});
