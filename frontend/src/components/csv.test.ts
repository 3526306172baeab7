import { describe, expect, it } from "vitest";

import { csv } from "./csv";

describe("csv", () => {
  it("quotes what needs it and leaves missing numbers empty", () => {
    expect(csv([["a", 'say "x", y', null], [1, 0.25, undefined]])).toBe('a,"say ""x"", y",\r\n1,0.25,\r\n');
  });

  it("never lets a name become a formula", () => {
    expect(csv([["=1+1", "@x", -2]])).toBe("'=1+1,'@x,-2\r\n");
  });
});
