import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gallery, type Manifest, resnet50Cgd } from "@plumage/models";
import { sha256, writeFileWhole } from "@plumage/models/node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readStore } from "../build/store.ts";

let folder: string;
const contents = {
  model: Buffer.from("a model"),
  rows: Buffer.alloc(4),
  thumbnails: Buffer.from("webp"),
};
const describe = (file: string, bytes: Buffer) => ({
  file,
  bytes: bytes.length,
  sha256: sha256(bytes),
});

const manifest: Manifest = {
  format: "plumage-model/1",
  name: "birds",
  architecture: resnet50Cgd(2, 64),
  dimension: 2,
  preprocessing: { imageSize: 64, resize: [64], filter: "pillow-bilinear" },
  input: { name: "images", type: "uint8", layout: "NHWC" },
  output: { name: "embeddings", type: "float32", unitLength: true },
  dataset: { name: "birds", title: "Birds", description: "", attributions: [] },
  metrics: null,
  producer: { name: "plumage", version: "0.1.0", iterations: 0 },
  files: [{ ...describe("embedder.onnx", contents.model), variant: "fp32", cosineMin: 1 }],
  goldens: [{ pixels: "AAAA", embedding: "AAAA" }],
};
const gallery: Gallery = {
  format: "plumage-gallery/1",
  model: sha256(contents.model),
  title: "Birds",
  dimension: 2,
  embeddings: { ...describe("rows.bin", contents.rows), type: "float16" },
  thumbnails: describe("thumbnails.bin", contents.thumbnails),
  items: [{ id: "a", label: "wren", thumbnail: [0, 4] }],
  attributions: [],
};

const writeGallery = (changes: Partial<Gallery> = {}) =>
  writeFileWhole(
    join(folder, "gallery", "gallery.json"),
    JSON.stringify({ ...gallery, ...changes }),
  );

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "plumage-")), "birds");
  await writeFileWhole(join(folder, "model.json"), JSON.stringify(manifest));
  await writeFileWhole(join(folder, "embedder.onnx"), contents.model);
  await writeFileWhole(join(folder, "gallery", "rows.bin"), contents.rows);
  await writeFileWhole(join(folder, "gallery", "thumbnails.bin"), contents.thumbnails);
  await writeGallery();
});
afterEach(() => rm(join(folder, ".."), { recursive: true }));

test("returns files with their sizes and digests", async () => {
  const { files, models } = await readStore(folder);
  expect(models.fp32).toEqual({
    path: join(folder, "embedder.onnx"),
    bytes: 7,
    sha256: sha256(contents.model),
  });
  expect(files.gallery.bytes).toBe(JSON.stringify(gallery).length);
});

test("ships only variants whose loss of precision is acceptable", async () => {
  const half = Buffer.from("half");
  const row = (file: string, variant: "fp16" | "int8", precisionAt1Delta: number) => ({
    ...describe(file, half),
    variant,
    cosineMin: 0.99,
    precisionAt1Delta,
  });
  const files = [
    ...manifest.files,
    row("embedder.fp16.onnx", "fp16", -0.4),
    row("embedder.int8.onnx", "int8", -0.6),
  ];
  await writeFileWhole(join(folder, "model.json"), JSON.stringify({ ...manifest, files }));
  await writeFileWhole(join(folder, "embedder.fp16.onnx"), half);
  expect(Object.keys((await readStore(folder)).models)).toEqual(["fp32", "fp16"]);
});

test("rejects a model that was not exported", async () => {
  await rm(join(folder, "model.json"));
  await expect(readStore(folder)).rejects.toMatchObject({
    code: "bad-file",
    hint: expect.stringContaining("npm run export"),
  });
});

test("rejects a model without a gallery pack", async () => {
  await rm(join(folder, "gallery"), { recursive: true });
  await expect(readStore(folder)).rejects.toMatchObject({
    code: "bad-file",
    hint: "run: npm run gallery -- --name birds",
  });
});

test("rejects the gallery pack of another model", async () => {
  await writeGallery({ model: sha256(Buffer.from("another")) });
  await expect(readStore(folder)).rejects.toMatchObject({
    code: "mismatch",
    hint: "run: npm run gallery -- --name birds",
  });
});

test("rejects a missing file and a modified one", async () => {
  await rm(join(folder, "gallery", "rows.bin"));
  await expect(readStore(folder)).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(/rows\.bin/),
  });
  await writeFile(join(folder, "gallery", "rows.bin"), contents.rows);
  await writeFile(join(folder, "embedder.onnx"), "a medal");
  await expect(readStore(folder)).rejects.toMatchObject({
    code: "bad-file",
    hint: "run: npm run export -- --name birds",
  });
});
