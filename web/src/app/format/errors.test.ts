import { PlumageError } from "@plumage/models";
import { expect, test } from "vitest";
import { explain } from "./errors.ts";

const error = new PlumageError("bad-image", "this is not an image", "use JPEG or PNG");

test("says what is wrong and then what to do", () => {
  expect(explain(error)).toBe("This is not an image. Use JPEG or PNG.");
  expect(explain(new PlumageError("bad-image", "this is not an image"))).toBe(
    "This is not an image.",
  );
});

test("starts with the subject, whose case it keeps", () => {
  expect(explain(error, "notes.txt")).toBe("notes.txt: this is not an image. Use JPEG or PNG.");
});

test("marks an unexpected error as such", () => {
  expect(explain(new TypeError("x is undefined"))).toBe("Something went wrong: x is undefined.");
});
