import { expect, test } from "vitest";
import { labelContains, labelName } from "./labels.ts";

test.each([
  ["009.Brewer_Blackbird", "Brewer Blackbird"],
  ["Henslow_Sparrow", "Henslow Sparrow"],
  ["evergreen tree", "evergreen tree"],
  ["Alpro-Fresh-Soy-Milk", "Alpro-Fresh-Soy-Milk"],
  ["__", "__"],
  ["12.", "12."],
  // Of the user's folder.
  ["2024/IMG_0001.jpg", "2024/IMG_0001.jpg"],
])("%s reads as %s", (label, name) => expect(labelName(label)).toBe(name));

test("a text is found in the label and in its name", () => {
  expect(labelContains("009.Brewer_Blackbird", "brewer bl")).toBe(true);
  expect(labelContains("009.Brewer_Blackbird", "009.brewer_")).toBe(true);
  expect(labelContains("009.Brewer_Blackbird", "owl")).toBe(false);
  expect(labelContains("owl", "")).toBe(true);
});
