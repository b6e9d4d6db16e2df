import { expect, test } from "vitest";
import { isSameInput, plainQuery, toggleExample } from "./query.ts";

const query = plainQuery({ kind: "entry", index: 0 });

test("an example is for or against, and choosing it again removes it", () => {
  const liked = toggleExample(query, 5, "more");
  expect(liked).toEqual({ ...query, more: [5] });
  expect(toggleExample(liked, 5, "less")).toEqual({ ...query, less: [5] });
  expect(toggleExample(liked, 5, "more")).toEqual(query);
});

test("compares inputs by image or words, not by name", () => {
  const blob = new Blob();
  const image = { kind: "image", name: "a.png", url: "blob:a", blob } as const;
  expect(isSameInput(image, { ...image, name: "b.png" })).toBe(true);
  expect(isSameInput(image, { ...image, url: "blob:b" })).toBe(false);
  expect(isSameInput(image, query.input)).toBe(false);
  expect(isSameInput(query.input, { kind: "entry", index: 0 })).toBe(true);
  const words = { kind: "text", text: "a red bird" } as const;
  expect(isSameInput(words, { ...words })).toBe(true);
  expect(isSameInput(words, { ...words, text: "a bird" })).toBe(false);
  expect(isSameInput(words, image)).toBe(false);
});
