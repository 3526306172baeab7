import { describe, expect, it } from "vitest";

import { emptyForm, nextLabel, problems, toBody } from "./projectForm";

function filled() {
  const form = emptyForm();
  form.name = "Chest";
  form.labels = [
    { value: 1, name: "ground glass", colour: "#e4572e", code: "" },
    { value: 2, name: "consolidation", colour: "#2e86de", code: "" },
  ];
  return form;
}

describe("the project form", () => {
  it("has nothing wrong when it is filled in", () => {
    expect(problems(filled())).toEqual([]);
  });

  it("asks for a name and for the names of the classes", () => {
    expect(problems(emptyForm())).toEqual(["name", "className"]);
  });

  it("refuses the same value or name twice, values outside 1 to 255, and more picks than candidates", () => {
    const form = filled();
    form.labels.push({ value: 2, name: "consolidation", colour: "#000000", code: "" });
    form.settings.k = form.settings.K + 1;
    expect(problems(form)).toEqual(["classNameTwice", "classValueTwice", "pickMoreThanCandidates"]);
    form.labels = [{ value: 256, name: "a", colour: "#000000", code: "" }];
    expect(problems(form)).toContain("classValue");
  });

  it("gives a new class the first free value and a colour of its own", () => {
    const { labels } = filled();
    const added = nextLabel(labels);
    expect(added.value).toBe(3);
    expect(labels.map((label) => label.colour)).not.toContain(added.colour);
    expect(nextLabel([{ value: 2, name: "", colour: "#123456", code: "" }]).value).toBe(1);
  });

  it("sends names without the blanks around them", () => {
    const form = filled();
    form.name = "  Chest ";
    expect(toBody(form).name).toBe("Chest");
  });
});
