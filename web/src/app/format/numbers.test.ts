import { expect, test } from "vitest";
import { formatCount, formatDuration, formatEstimate, plural } from "./numbers.ts";

test.each([
  [0, "0.0 ms"],
  [2.14, "2.1 ms"],
  [9.96, "10 ms"],
  [123.4, "123 ms"],
  [999.6, "1.0 s"],
  [12345, "12.3 s"],
])("formats %f milliseconds as %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  [0.1, "1 s"],
  [89, "89 s"],
  [200, "3 min"],
])("formats an estimate of %f seconds as %s", (seconds, text) => {
  expect(formatEstimate(seconds)).toBe(text);
});

test("groups thousands and forms plurals", () => {
  expect(formatCount(4935)).toBe("4,935");
  expect([plural(1, "image"), plural(1200, "image")]).toEqual(["1 image", "1,200 images"]);
});
