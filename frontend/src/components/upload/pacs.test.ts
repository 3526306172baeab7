import { describe, expect, it } from "vitest";

import { dayOf, hostOf, imagesIn, nameOf } from "./pacs";

describe("what a PACS says", () => {
  it("is at a host", () => {
    expect(hostOf("https://pacs.example.org/dicom-web")).toBe("pacs.example.org");
    expect(hostOf("http://127.0.0.1:8042/dicom-web")).toBe("127.0.0.1:8042");
    expect(hostOf(null)).toBe("");
  });

  it("names people as they are spoken to", () => {
    expect(nameOf("Nova^Ada")).toBe("Nova, Ada");
    expect(nameOf("Nova^Ada^^Dr")).toBe("Nova, Ada Dr");
    expect(nameOf("Nova")).toBe("Nova");
    expect(nameOf("^Ada")).toBe("Ada");
    expect(nameOf("")).toBe("");
  });

  it("dates by days that exist", () => {
    expect(dayOf("20240229")?.toDateString()).toBe("Thu Feb 29 2024");
    for (const wrong of ["", "2024", "20240230", "20241301", "2024-02-29"]) expect(dayOf(wrong)).toBeNull();
  });

  it("counts images where all are counted", () => {
    expect(imagesIn([{ images: 3 }, { images: 4 }])).toBe(7);
    expect(imagesIn([{ images: 3 }, { images: null }])).toBeNull();
    expect(imagesIn([])).toBe(0);
  });
});
