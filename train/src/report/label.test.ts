import { expect, it } from "vitest";
import { wrapLabel } from "./label.ts";

it.each([
  { label: "cat", expected: ["cat"] },
  { label: "grinning face", expected: ["grinning", "face"] },
  { label: "cat_face", expected: ["cat face"] },
  { label: "man-in-suit levitating over it", expected: ["man-in-", "suit levi…"] },
  { label: "Floccinaucinihilipilification", expected: ["Floccinau…"] },
  { label: "One-Orange-Red-Juice", expected: ["One-", "Orange-Re…"] },
  { label: "one two three four", expected: ["one two", "three four"] },
  { label: "  ", expected: [] },
])("wraps $label", ({ label, expected }) => {
  const lines = wrapLabel(label, 10, 2);
  expect(lines).toEqual(expected);
  for (const line of lines) expect([...line].length).toBeLessThanOrEqual(10);
});
