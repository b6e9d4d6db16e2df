import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Manifest, uniform } from "@plumage/models";
import { sha256 } from "@plumage/models/node";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { writeModel } from "../../test/support/tinyModel.ts";
import { openEmbedder } from "./embedder.ts";

let models: string;
let manifest: Manifest;
let folder: string;
beforeAll(async () => {
  models = mkdtempSync(join(tmpdir(), "plumage-models-"));
  manifest = await writeModel(models);
}, 60_000);
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
const rewrite = (changed: object) =>
  writeFileSync(join(folder, "model.json"), JSON.stringify({ ...manifest, ...changed }));

test("what runs together is what runs alone", async () => {
  const embedder = await openEmbedder(folder, options);
  const seeds = [1, 2, 3, 4, 5, 6];
  const alone: Float32Array[] = [];
  for (const seed of seeds) alone.push((await embedder.embed(pixels(seed))).embedding);
  const together = await Promise.all(seeds.map((seed) => embedder.embed(pixels(seed))));
  for (const [i, { embedding }] of together.entries()) {
    for (const [at, value] of embedding.entries()) expect(value).toBeCloseTo(alone[i]![at]!, 5);
  }
  await embedder.close();
});

test("past the queue's end images are refused, and the others are still answered", async () => {
  const embedder = await openEmbedder(folder, options);
  const answers = await Promise.allSettled(
    Array.from({ length: 30 }, (_, i) => embedder.embed(pixels(i))),
  );
  const refused = answers.filter((answer) => answer.status === "rejected");
  // One batch in work, one in the queue at least.
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThanOrEqual(30 - options.maxQueue);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: "unavailable" });
  await embedder.close();
});

test("a file that is not the manifest's is refused", async () => {
  appendFileSync(join(folder, "embedder.onnx"), "x");
  await expect(openEmbedder(folder, options)).rejects.toMatchObject({
    code: "mismatch",
    hint: "run: npm run export",
  });
});

test("a model that onnxruntime cannot load is refused", async () => {
  writeFileSync(join(folder, "embedder.onnx"), "x");
  rewrite({
    files: [{ ...manifest.files[0], sha256: sha256(readFileSync(join(folder, "embedder.onnx"))) }],
  });
  await expect(openEmbedder(folder, options)).rejects.toMatchObject({ code: "bad-file" });
});

test("a runtime that computes something else is refused", async () => {
  const wrong = new Float32Array(16);
  wrong[0] = 1;
  const embedding = Buffer.from(wrong.buffer).toString("base64");
  rewrite({ goldens: [{ ...manifest.goldens[0], embedding }] });
  await expect(openEmbedder(folder, options)).rejects.toThrow(/golden 1 of 1/);
});

test("a manifest without an fp32 model, or none, is refused", async () => {
  rewrite({ files: [{ ...manifest.files[0], variant: "int8" }] });
  await expect(openEmbedder(folder, options)).rejects.toMatchObject({ code: "bad-file" });
  rmSync(join(folder, "model.json"));
  await expect(openEmbedder(folder, options)).rejects.toMatchObject({ code: "bad-file" });
});
