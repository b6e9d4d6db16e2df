import { itemSchema } from "@plumage/models";
import { expect, it } from "vitest";
import { itemIds } from "./itemIds.ts";

it("keeps what can be read, and folders apart by dots", () => {
  expect(itemIds(["Kiwi/a.jpg", "001.Gull/Gull_0046_18.jpg"])).toEqual([
    "Kiwi.a.jpg",
    "001.Gull.Gull_0046_18.jpg",
  ]);
});

it("gives every path an id of its own that a URL takes as it is", () => {
  const paths = [
    "a/b.jpg",
    "a.b.jpg",
    "a b.jpg",
    "a-b.jpg",
    "a?b.jpg",
    "Käse/ö.jpg",
    "Käse/ü.jpg",
    "..hidden.jpg",
    "猫/一.png",
    "猫/二.png",
    `${"long/".repeat(60)}a.jpg`,
    `${"long/".repeat(60)}b.jpg`,
  ];
  const ids = itemIds(paths);
  expect(new Set(ids).size).toBe(paths.length);
  for (const id of ids) {
    expect(encodeURIComponent(id)).toBe(id);
    expect(itemSchema.shape.id.safeParse(id).success).toBe(true);
    // A segment of dots is a step through folders.
    expect(id).toMatch(/^[^.]/);
  }
});

it("depends on the path alone where ids are told apart", () => {
  const [, id] = itemIds(["x.jpg", "Käse/ö.jpg"]);
  expect(itemIds(["Käse/ö.jpg"])).toEqual([id]);
});
