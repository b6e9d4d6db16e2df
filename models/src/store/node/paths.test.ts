import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { expect, it } from "vitest";
import type { Item } from "../item.ts";
import { readItems, readManifest, repositoryRoot, storeFolder, writeItems } from "./paths.ts";

it("finds the project's folder whatever the working directory is", async () => {
  expect(isAbsolute(repositoryRoot())).toBe(true);
  expect(JSON.parse(await readFile(join(repositoryRoot(), "package.json"), "utf8")).name).toBe(
    "plumage",
  );
});

it("keeps models in models/store, under names that are folder names", () => {
  expect(storeFolder("my.model-2_b")).toBe(
    join(repositoryRoot(), "models", "store", "my.model-2_b"),
  );
  for (const name of ["", "..", ".hidden", "a/b", "a\\b", "a b", "é", "x".repeat(65)])
    expect(() => storeFolder(name), name).toThrow(expect.objectContaining({ code: "bad-input" }));
});

it("writes and reads items, and names the line that does not fit", async () => {
  const folder = await mkdtemp(join(tmpdir(), "plumage-store-"));
  try {
    const path = join(folder, "items.jsonl");
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
    await writeItems(path, items);
    expect(await readItems(path)).toEqual(items);
    await writeFile(path, `${await readFile(path, "utf8")}{"id": "c"}\n`);
    await expect(readItems(path)).rejects.toMatchObject({
      code: "bad-file",
      message: expect.stringContaining("items.jsonl, line 3"),
    });
    await expect(readManifest(folder)).rejects.toMatchObject({
      message: `${join(folder, "model.json")} is missing`,
      hint: "run: npm run export",
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
