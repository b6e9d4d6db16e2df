import { expect, test } from "vitest";
import { isSameSubject, plainQuery, toggleExample } from "./query.ts";

const query = plainQuery({ kind: "entry", index: 0 });

test("an example is for or against, and choosing it again removes it", () => {
  const liked = toggleExample(query, 5, "more");
  expect(liked).toEqual({ ...query, more: [5] });
  expect(toggleExample(liked, 5, "less")).toEqual({ ...query, less: [5] });
  expect(toggleExample(liked, 5, "more")).toEqual(query);
});

test("compares subjects by image, not by name", () => {
  const blob = new Blob();
  const image = { kind: "image", name: "a.png", url: "blob:a", blob } as const;
  expect(isSameSubject(image, { ...image, name: "b.png" })).toBe(true);
  expect(isSameSubject(image, { ...image, url: "blob:b" })).toBe(false);
  expect(isSameSubject(image, query.subject)).toBe(false);
  expect(isSameSubject(query.subject, { kind: "entry", index: 0 })).toBe(true);
});
