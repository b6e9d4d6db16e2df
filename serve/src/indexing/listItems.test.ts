import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unlabeled } from "@plumage/models";
import { writeItems } from "@plumage/models/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listItems, type Selection } from "./listItems.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-list-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const list = async (selection: Partial<Selection>) => {
  const all = {
    from: undefined,
    csv: undefined,
    root: undefined,
    split: "test",
    limit: undefined,
    ...selection,
  };
  const { items, unread } = await listItems(folder, all, () => {}, new AbortController().signal);
  expect(unread).toEqual([]);
  return items;
};

function table(...lines: string[]): string {
  const file = join(folder, "table.csv");
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

test("lists a table's images with their boxes, one item for each", async () => {
  const csv = table("path,box", "a/1.jpg,1 2 30 40", "a/1.jpg,5 6 7 8", "b.jpg,");
  expect(await list({ csv })).toEqual([
    {
      id: "a.1.jpg",
      path: join(folder, "a/1.jpg"),
      label: unlabeled,
      split: "test",
      box: { x: 1, y: 2, width: 30, height: 40 },
    },
    {
      id: "a.1.jpg.2",
      path: join(folder, "a/1.jpg"),
      label: unlabeled,
      split: "test",
      box: { x: 5, y: 6, width: 7, height: 8 },
    },
    { id: "b.jpg", path: join(folder, "b.jpg"), label: unlabeled, split: "test" },
  ]);
});

test("takes a table's paths from another folder, and its labels", async () => {
  mkdirSync(join(folder, "photos"));
  const csv = table("label,path", "gull,1.jpg");
  const items = await list({ csv, root: join(folder, "photos") });
  expect(items).toEqual([
    { id: "1.jpg", path: join(folder, "photos/1.jpg"), label: "gull", split: "test" },
  ]);
});

test("selects a part of a table with splits", async () => {
  const csv = table("path,split", "1.jpg,train", "2.jpg,test", "3.jpg,query");
  const ids = async (split: string) => (await list({ csv, split })).map(({ id }) => id);
  expect(await ids("test")).toEqual(["2.jpg", "3.jpg"]);
  expect(await ids("train")).toEqual(["1.jpg"]);
  expect(await ids("all")).toEqual(["1.jpg", "2.jpg", "3.jpg"]);
});

test("lists the model's data set without a folder or a table", async () => {
  const items = ["train", "test"].map((split) => ({
    id: split,
    path: join(folder, split),
    label: "gull",
    split: split as "train" | "test",
  }));
  await writeItems(folder, items);
  expect(await list({})).toEqual([items[1]]);
});

test.each([
  [["path,label"], "lists no images"],
  [["label", "gull"], 'has no column "path"'],
  [["path,box", "a.jpg,1 2 3"], "line 2: box: expected four numbers"],
])("refuses a table: %j", async (lines, message) => {
  await expect(list({ csv: table(...lines) })).rejects.toThrow(message);
});
