import { expect, test } from "vitest";
import { formatConfidence, formatOdds } from "./confidence.ts";

test.each([
  [0.0004, "<1%"],
  [0.006, "1%"],
  [0.619, "62%"],
  [0.994, "99%"],
  [0.9999, ">99%"],
])("%f is %s", (probability, text) => expect(formatConfidence(probability)).toBe(text));

test("small probabilities as odds", () => {
  expect(formatOdds(0.124)).toBe("1 in 8");
  expect(formatOdds(0.0004)).toBe("1 in 2,500");
});
