import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { importModel } from "@plumage/export/import";
import { type Manifest, uniform } from "@plumage/models";
import { repositoryRoot, sha256 } from "@plumage/models/node";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { writeModel } from "../../test/support/tinyModel.ts";
import { openEmbedderService } from "./embedderService.ts";

let models: string;
let manifest: Manifest;
let folder: string;
beforeAll(async () => {
  models = mkdtempSync(join(tmpdir(), "plumage-models-"));
  manifest = await writeModel(models);
});
afterAll(() => rmSync(models, { recursive: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-embedder-"));
  cpSync(models, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const options = { threads: 1, maxBatch: 4, maxQueue: 8 };
const pixels = (seed: number) => {
  const next = uniform(seed);
  return Uint8Array.from({ length: 32 * 32 * 3 }, () => next() * 256);
};
const rewriteManifest = (changes: object) =>
  writeFileSync(join(folder, "model.json"), JSON.stringify({ ...manifest, ...changes }));

test("gives an image the same embedding alone and in a batch", async () => {
  const embedder = await openEmbedderService(folder, options);
  const batches: number[] = [];
  embedder.onBatch = (size) => batches.push(size);
  const seeds = [1, 2, 3, 4, 5];
  const alone: Float32Array[] = [];
  for (const seed of seeds) alone.push((await embedder.embed(pixels(seed))).embedding);
  const batched = await Promise.all(seeds.map((seed) => embedder.embed(pixels(seed))));
  expect(batches).toEqual([1, 1, 1, 1, 1, 1, 4]);
  for (const [i, { embedding }] of batched.entries()) {
    for (const [at, value] of embedding.entries()) expect(value).toBeCloseTo(alone[i]![at]!, 5);
  }
  await embedder.close();
});

test("serves an imported encoder whose graph takes one image, in batches", async () => {
  const fixture = join(repositoryRoot(), "export", "test", "fixtures", "encoders", "vit.onnx");
  const choices = { preset: "siglip", output: "last_hidden_state", pool: "cls" } as const;
  const { dimension } = await importModel("vit", folder, () => undefined, {
    path: fixture,
    choices,
  });
  const embedder = await openEmbedderService(folder, options);
  const alone = await embedder.embed(pixels(1));
  const batched = await Promise.all([2, 1, 3].map((seed) => embedder.embed(pixels(seed))));
  expect(alone.embedding).toHaveLength(dimension);
  for (const [at, value] of alone.embedding.entries())
    expect(batched[1]!.embedding[at]).toBeCloseTo(value, 5);
  await embedder.close();
});

test("refuses images beyond the queue's limit and embeds the others", async () => {
  const embedder = await openEmbedderService(folder, options);
  const answers = await Promise.allSettled(
    Array.from({ length: 12 }, (_, i) => embedder.embed(pixels(i))),
  );
  const refused = answers.filter((answer) => answer.status === "rejected");
  // One image runs, eight wait.
  expect(refused).toHaveLength(3);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: "unavailable" });
  await embedder.close();
});

test("rejects a model file that does not match its digest", async () => {
  appendFileSync(join(folder, "embedder.onnx"), "x");
  await expect(openEmbedderService(folder, options)).rejects.toMatchObject({
    code: "mismatch",
    hint: `run: npm run export -- --name ${basename(folder)}`,
  });
});

test("rejects a model that onnxruntime cannot load", async () => {
  writeFileSync(join(folder, "embedder.onnx"), "x");
  rewriteManifest({
    files: [{ ...manifest.files[0], sha256: sha256(readFileSync(join(folder, "embedder.onnx"))) }],
  });
  await expect(openEmbedderService(folder, options)).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(/cannot be loaded: .*protobuf/i),
  });
});

test("rejects a runtime that does not reproduce the goldens", async () => {
  const wrong = new Float32Array(16);
  wrong[0] = 1;
  const embedding = Buffer.from(wrong.buffer).toString("base64");
  rewriteManifest({ goldens: [{ ...manifest.goldens[0], embedding }] });
  await expect(openEmbedderService(folder, options)).rejects.toThrow(/golden 1 of 1/);
});

test("rejects a missing manifest, and one without an fp32 model", async () => {
  rewriteManifest({ files: [{ ...manifest.files[0], variant: "int8" }] });
  await expect(openEmbedderService(folder, options)).rejects.toMatchObject({ code: "bad-file" });
  rmSync(join(folder, "model.json"));
  await expect(openEmbedderService(folder, options)).rejects.toMatchObject({ code: "bad-file" });
});
