import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { expect, it } from "vitest";
import { galleryPaths, indexPaths, repositoryRoot, storeFolder, storePaths } from "./paths.ts";

it("finds the repository independently of the working directory", async () => {
  expect(isAbsolute(repositoryRoot())).toBe(true);
  expect(JSON.parse(await readFile(join(repositoryRoot(), "package.json"), "utf8")).name).toBe(
    "plumage",
  );
});

it("maps a model name to a folder, and rejects names that are not folder names", () => {
  expect(storeFolder("my.model-2_b")).toBe(
    join(repositoryRoot(), "models", "store", "my.model-2_b"),
  );
  for (const name of ["", "..", ".hidden", "a/b", "a\\b", "a b", "é", "x".repeat(65)])
    expect(() => storeFolder(name), name).toThrow(expect.objectContaining({ code: "bad-input" }));
});

it("joins the folder and the persisted file names", () => {
  const paths = storePaths(join("store", "emoji"));
  expect(paths.manifest).toBe(join("store", "emoji", "model.json"));
  expect(paths.optimizer).toBe(join("store", "emoji", "optimiser.safetensors"));
  expect(indexPaths(paths.index).catalog).toBe(join("store", "emoji", "index", "catalogue.db"));
  expect(galleryPaths(paths.gallery).manifest).toBe(
    join("store", "emoji", "gallery", "gallery.json"),
  );
});
