import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readCheckpointFile } from "./checkpoint.ts";
import { readGallery } from "./gallery.ts";
import { readItems } from "./items.ts";
import { readManifest } from "./manifest.ts";
import { galleryPaths, storePaths } from "./paths.ts";
import { readReport } from "./report.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-damaged-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Every file of the store that a command reads, and its reader. */
const files: Readonly<Record<string, [path: () => string, read: () => Promise<unknown>]>> = {
  "checkpoint.safetensors": [
    () => storePaths(folder).checkpoint,
    () => readCheckpointFile(storePaths(folder).checkpoint, "train again"),
  ],
  "items.jsonl": [() => storePaths(folder).items, () => readItems(folder)],
  "report.json": [() => storePaths(folder).report, () => readReport(folder)],
  "model.json": [() => storePaths(folder).manifest, () => readManifest(folder)],
  "gallery.json": [
    () => galleryPaths(storePaths(folder).gallery).manifest,
    () => readGallery(storePaths(folder).gallery),
  ],
};

const contents: Readonly<Record<string, string | Uint8Array>> = {
  noise: Uint8Array.from({ length: 3000 }, (_, i) => (i * 7919) % 251),
  zeros: new Uint8Array(3000),
  "half a document": '{"format": "plumage',
  null: "null",
  "a list": "[]",
  "another version": '{"format": "plumage/999"}',
  "deep nesting": "[".repeat(100_000),
};

for (const [name, [path, read]] of Object.entries(files)) {
  const refused = { code: "bad-file", message: expect.stringContaining(name) };

  test.each(Object.entries(contents))(`refuses ${name} with %s, naming it`, async (_, content) => {
    mkdirSync(dirname(path()), { recursive: true });
    writeFileSync(path(), content);
    await expect(read()).rejects.toMatchObject(refused);
  });

  test(`refuses ${name} if it is a folder or missing`, async () => {
    await expect(read()).rejects.toMatchObject(refused);
    mkdirSync(path(), { recursive: true });
    await expect(read()).rejects.toMatchObject(refused);
  });
}
