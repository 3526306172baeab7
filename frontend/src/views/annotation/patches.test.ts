// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import golden from "../../../../tests/golden/patches.json";
import { changes, encode, lay, same } from "./patches";

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const masks = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 14 }))
  .chain(([width, height]) => {
    const mask = fc.uint8Array({ minLength: width * height, maxLength: width * height, max: 2 });
    return fc.record({ width: fc.constant(width), before: mask, after: mask });
  });

describe("patches", () => {
  it.each(golden.cases)("send the bytes the server reads: $name", ({ width, before, after, bytes }) => {
    const patches = changes(Uint8Array.from(before), Uint8Array.from(after), width);
    expect(hex(encode(patches))).toBe(bytes);
  });

  it("lead from any mask to any other, and name nothing that is the same at their edges", () => {
    fc.assert(
      fc.property(masks, ({ width, before, after }) => {
        const result = before.slice();
        for (const patch of changes(before, after, width)) {
          lay(result, width, patch);
          const { left, top } = patch;
          const row = [...patch.values.subarray(0, patch.width)];
          expect(row.some((value, x) => value !== before[top * width + left + x])).toBe(true);
        }
        expect(result).toEqual(after);
      }),
    );
  });

  it("are none where nothing changed", () => {
    const mask = Uint8Array.from([1, 2, 3, 4]);
    expect(changes(mask, mask.slice(), 2)).toEqual([]);
  });

  it("know the same mask from another wherever it lies in memory", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(7), fc.nat(39), (bytes, offset, at) => {
        const moved = new Uint8Array(offset + bytes.length).subarray(offset);
        moved.set(bytes);
        expect(same(bytes, moved)).toBe(true);
        moved[at % bytes.length] = bytes[at % bytes.length] ^ 1;
        expect(same(bytes, moved)).toBe(false);
      }),
    );
    expect(same(new Uint8Array(4), new Uint8Array(5))).toBe(false);
  });
});
