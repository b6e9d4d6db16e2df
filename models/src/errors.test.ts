import { expect, it } from "vitest";
import { errorLine, isPlumageError, PlumageError } from "./errors.ts";

it("puts the hint after the message", () => {
  expect(new PlumageError("bad-file", "model.json is missing", "run: npm run export").line).toBe(
    "model.json is missing - run: npm run export",
  );
  expect(errorLine({ message: "the index is empty", hint: undefined })).toBe("the index is empty");
});

it("recognizes a PlumageError that lost its class, and nothing else", () => {
  const error = new PlumageError("mismatch", "other model");
  expect(isPlumageError(error)).toBe(true);
  const copy = Object.assign(new Error("other model"), { name: error.name, code: error.code });
  expect(isPlumageError(copy)).toBe(true);
  expect(isPlumageError(Object.assign(copy, { code: "ENOENT" }))).toBe(false);
  expect(isPlumageError(new TypeError("a bug"))).toBe(false);
  expect(isPlumageError(undefined)).toBe(false);
});
