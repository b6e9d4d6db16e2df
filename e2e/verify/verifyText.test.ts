/** `npm run verify` on a pair of encoders of images and words. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { importModel } from "@plumage/export/import";
import type { Manifest } from "@plumage/models";
import { repositoryRoot, storeFolder } from "@plumage/models/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { matrix } from "./matrix.ts";
import { verifyOnCpu } from "./verifyOnCpu.ts";

const folder = storeFolder(`verify-text-${process.pid}`);
const fixtures = join(repositoryRoot(), "export", "test", "fixtures", "pair");
const tokenizer = join(repositoryRoot(), "models", "test", "fixtures", "tokenizers", "clip.json");
let manifest: Manifest;
beforeAll(async () => {
  manifest = await importModel("pair", folder, () => undefined, {
    path: join(fixtures, "image.onnx"),
    choices: { preset: "clip", size: 32 },
    text: { path: join(fixtures, "text.onnx"), tokenizer, textOutput: "text_embeds" },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const verify = () => verifyOnCpu(folder);

test("checks the text encoder's files as it does the embedder's", async () => {
  const { rows, checks, isCorrect } = await verify();
  expect(isCorrect).toBe(true);
  expect(rows.map(({ input, variant }) => `${input} ${variant}`)).toEqual([
    "image fp32",
    "image fp16",
    "text fp32",
    "text fp16",
  ]);
  expect(matrix(rows, checks)).toMatch(/^text fp32 +node-cpu +equal +1\.000000 .* ok$/m);
});

test("rejects tokens that the tokenizer does not give", async () => {
  const text = manifest.text!;
  const [first, ...others] = text.goldens;
  const goldens = [{ ...first, ids: [1, ...first!.ids.slice(1)] }, ...others];
  writeFileSync(
    join(folder, "model.json"),
    JSON.stringify({ ...manifest, text: { ...text, goldens } }),
  );
  const { rows, checks, isCorrect } = await verify();
  expect(isCorrect).toBe(false);
  expect(matrix(rows, checks)).toMatch(/^text fp32 .* differ .* WRONG: expected equal tokens/m);
});
