// @vitest-environment node
import { describe, expect, it } from "vitest";

import { Mask } from "./mask";
import { isEmpty } from "./rect";

describe("Mask", () => {
  it("refuses bytes of another size", () => {
    expect(() => new Mask(3, 3, new Uint8Array(8))).toThrow("3 x 3 needs 9 bytes, not 8");
    expect(() => new Mask(3, 3).replace(new Uint8Array(4))).toThrow(RangeError);
  });

  it("replaces and says what changed", () => {
    const mask = new Mask(4, 3);
    const data = new Uint8Array(12);
    data[5] = 1;
    data[11] = 2;
    expect(mask.replace(data)).toEqual({ left: 1, top: 1, right: 4, bottom: 3 });
    expect(isEmpty(mask.replace(data.slice()))).toBe(true);
  });

  it("crops and pastes", () => {
    const mask = new Mask(
      4,
      3,
      Uint8Array.from({ length: 12 }, (_, i) => i),
    );
    const rect = { left: 1, top: 1, right: 3, bottom: 3 };
    expect([...mask.crop(rect)]).toEqual([5, 6, 9, 10]);
    const other = new Mask(4, 3);
    other.paste(rect, mask.crop(rect));
    expect([...other.data]).toEqual([0, 0, 0, 0, 0, 5, 6, 0, 0, 9, 10, 0]);
  });
});
