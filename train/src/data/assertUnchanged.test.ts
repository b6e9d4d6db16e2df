import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Item } from "@plumage/models";
import { writeItems } from "@plumage/models/node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { assertUnchanged } from "./assertUnchanged.ts";

let folder: string;
const items: Item[] = ["a", "b", "c"].map((id) => ({
  id,
  path: `/x/${id}.png`,
  label: "gull",
  split: "train",
}));
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-unchanged-"));
  await writeItems(folder, items);
});
afterAll(() => rmSync(folder, { recursive: true }));

it("accepts the same images in another folder", async () => {
  await assertUnchanged(folder, items);
  await assertUnchanged(
    folder,
    items.map((item) => ({ ...item, path: `/y/${item.id}.png` })),
  );
});

it.each<[string, Item[], string]>([
  ["a removed image", items.slice(0, 2), "from 3 images to 2; first difference at c"],
  [
    "an added image",
    [...items, { ...items[0]!, id: "d" }],
    "from 3 images to 4; first difference at d",
  ],
  ["another order", [items[1]!, items[0]!, items[2]!], "from 3 images to 3; first difference at b"],
  [
    "another label",
    items.map((item, i) => (i === 1 ? { ...item, label: "tern" } : item)),
    "first difference at b",
  ],
  [
    "another box",
    [items[0]!, items[1]!, { ...items[2]!, box: { x: 0, y: 0, width: 1, height: 1 } }],
    "first difference at c",
  ],
])("rejects %s", async (_, changed, message) => {
  await expect(assertUnchanged(folder, changed)).rejects.toMatchObject({
    code: "mismatch",
    message: expect.stringContaining(message),
  });
});
