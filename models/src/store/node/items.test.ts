import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Item } from "../item.ts";
import { readItems, writeItems } from "./items.ts";
import { readManifest } from "./manifest.ts";
import { storePaths } from "./paths.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumage-store-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("writes and reads items, and names an invalid line", async () => {
  const items: Item[] = [
    { id: "a.1", path: "/images/a.png", label: "a", split: "train" },
    {
      id: "b.1",
      path: "/images/b.png",
      label: "b\nc",
      split: "test",
      source: "noto",
      box: { x: 0.5, y: 1, width: 2, height: 3 },
    },
  ];
  await writeItems(folder, items);
  expect(await readItems(folder)).toEqual(items);
  const { items: path } = storePaths(folder);
  await writeFile(path, `${await readFile(path, "utf8")}{"id": "c"}\n`);
  await expect(readItems(folder)).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringContaining("items.jsonl, line 3"),
  });
});

it("reads labels composed, whoever wrote them", async () => {
  const item: Item = { id: "a", path: "/cafe\u0301/1.png", label: "cafe\u0301", split: "test" };
  await writeItems(folder, [item]);
  expect(await readItems(folder)).toEqual([{ ...item, label: "caf\u00e9" }]);
});

it("says which command exports a missing manifest", async () => {
  await expect(readManifest(join(folder, "birds"))).rejects.toMatchObject({
    code: "bad-file",
    message: `${join(folder, "birds", "model.json")} is missing`,
    hint: "run: npm run export -- --name birds",
  });
});
