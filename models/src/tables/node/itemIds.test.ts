import { expect, it } from "vitest";
import { itemSchema } from "../../store/item.ts";
import { itemIds } from "./itemIds.ts";

it("keeps safe names and joins folders with dots", () => {
  expect(itemIds(["Kiwi/a.jpg", "001.Gull/Gull_0046_18.jpg"])).toEqual([
    "Kiwi.a.jpg",
    "001.Gull.Gull_0046_18.jpg",
  ]);
});

it("makes a unique, URL-safe id for every path", () => {
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
    expect(id).toMatch(/^[^.]/);
  }
});

it("derives a disambiguated id from its own path alone", () => {
  const [, id] = itemIds(["x.jpg", "Käse/ö.jpg"]);
  expect(itemIds(["Käse/ö.jpg"])).toEqual([id]);
});
