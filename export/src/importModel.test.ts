import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Manifest, type VariantName, variantFile } from "@plumage/models";
import { readManifest, repositoryRoot, sha256File, storePaths } from "@plumage/models/node";
import { ModelProtoSchema, TensorProtoSchema } from "onnx-buf";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { dataset, writeImages } from "../test/storeFolder.ts";
import { openSession, smallestCosine } from "./embedder/session.ts";
import type { ImportChoices } from "./import/options.ts";
import { importModel } from "./importModel.ts";

const fixtures = join(repositoryRoot(), "export", "test", "fixtures", "encoders");
const expected = z
  .object({
    side: z.int(),
    pixels: z.string(),
    embeddings: z.record(z.string(), z.array(z.array(z.number()))),
  })
  .parse(JSON.parse(readFileSync(join(fixtures, "encoders.json"), "utf8")));
const pixels = new Uint8Array(Buffer.from(expected.pixels, "base64"));

let folder: string;
let printed: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-import-"));
  printed = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (file: string, choices: ImportChoices, options = {}) =>
  importModel("other", folder, (line) => printed.push(line), {
    path: join(fixtures, file),
    choices,
    ...options,
  });

async function embed(
  manifest: Manifest,
  images: Uint8Array,
  count: number,
  variant: VariantName = "fp32",
) {
  const { preprocessing } = manifest;
  const bytes = readFileSync(join(folder, variantFile(manifest, variant).file));
  const session = await openSession(bytes, preprocessing.imageSize);
  const embeddings = (await session.embed(images, count)).slice();
  await session.close();
  return embeddings;
}

const tokens = { output: "last_hidden_state", preset: "siglip" } as const;
const grid = { preset: "imagenet", size: expected.side } as const;
const imagenet = { preset: "imagenet" } as const;

describe("embeds as PyTorch does", () => {
  test.each<[string, string, ImportChoices]>([
    ["vit tokens, cls", "vit.onnx", { ...tokens, pool: "cls" }],
    ["vit tokens, mean", "vit.onnx", { ...tokens, pool: "mean" }],
    [
      "vit pooled",
      "vit.onnx",
      { output: "pooler_output", mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    ],
    ["convnext map, mean", "convnext.onnx", grid],
    ["convnext map, max", "convnext.onnx", { ...grid, pool: "max" }],
    ["convnext map, gem", "convnext.onnx", { ...grid, pool: "gem" }],
    ["mobilenet scores", "mobilenet.onnx", imagenet],
    ["mobilenet features", "mobilenet.onnx", { ...imagenet, output: "/ReduceMean_output_0" }],
    ["mobilenet features", "mobilenet.onnx", { ...imagenet, output: "penultimate" }],
    ["bytes", "bytes.onnx", {}],
  ])("%s", async (name, file, choices) => {
    const manifest = await run(file, choices);
    const embeddings = await embed(manifest, pixels, 2);
    const rows = expected.embeddings[name]!;
    expect(manifest.dimension).toBe(rows[0]!.length);
    for (const [i, value] of rows.flat().entries()) expect(embeddings[i]).toBeCloseTo(value, 4);
  });

  // Half precision has three digits.
  test.each<[string, ImportChoices]>([
    ["half map, mean", imagenet],
    ["half map, gem", { ...imagenet, pool: "gem" }],
  ])("%s", async (name, choices) => {
    const embeddings = await embed(await run("half.onnx", choices), pixels, 2);
    const rows = Float32Array.from(expected.embeddings[name]!.flat());
    expect(smallestCosine(rows, embeddings, 16)).toBeGreaterThan(0.9999);
  });
});

test("writes a manifest that says where the encoder comes from", async () => {
  const choices = { ...tokens, pool: "cls", license: "Apache-2.0" } as const;
  const manifest = await run("vit.onnx", choices);
  expect(await readManifest(folder)).toEqual(manifest);
  expect(manifest).toMatchObject({
    architecture: {
      name: "imported",
      license: "Apache-2.0",
      source: { file: "vit.onnx", sha256: await sha256File(join(fixtures, "vit.onnx")) },
      input: { name: "pixel_values", type: "float32", layout: "nchw" },
      normalization: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
      output: { name: "last_hidden_state", shape: [17, 12], pool: "cls" },
    },
    dimension: 12,
    preprocessing: {
      imageSize: 32,
      resize: [{ fit: "squash", size: 32, filter: "bicubic" }],
    },
    metrics: null,
  });
  expect(manifest.calibration).toBeUndefined();
  expect(manifest.files[0]!.sha256).toBe(await sha256File(join(folder, "embedder.onnx")));
  expect(printed.at(-1)).toMatch(/^neither measured nor calibrated/);
});

test("writes a second file with half the weights' bytes, unless they are half floats", async () => {
  const manifest = await run("vit.onnx", { ...tokens, pool: "cls" });
  const [fp32, fp16] = ["fp32", "fp16"].map((each) => variantFile(manifest, each as VariantName));
  expect(fp16!.bytes).toBeLessThan(fp32!.bytes);
  expect(fp16!.sha256).toBe(await sha256File(join(folder, "embedder.fp16.onnx")));
  const [exact, rounded] = [
    await embed(manifest, pixels, 2),
    await embed(manifest, pixels, 2, "fp16"),
  ];
  expect(smallestCosine(exact, rounded, 12)).toBeGreaterThan(0.9999);
  expect(rounded).not.toEqual(exact);

  expect((await run("half.onnx", imagenet)).files).toHaveLength(1);
  expect(existsSync(join(folder, "embedder.fp16.onnx"))).toBe(false);
});

test("imports weights that are stored as numbers instead of bytes", async () => {
  const model = fromBinary(ModelProtoSchema, readFileSync(join(fixtures, "mobilenet.onnx")));
  const { graph } = model;
  graph!.initializer = graph!.initializer.map(({ name, dims, dataType, rawData }) => {
    const floatData = [...new Float32Array(Uint8Array.from(rawData).buffer)];
    return create(TensorProtoSchema, { name, dims, dataType, floatData });
  });
  const path = join(folder, "numbers.onnx");
  writeFileSync(path, toBinary(ModelProtoSchema, model));
  const embeddings = await embed(await run("", imagenet, { path }), pixels, 2);
  const rows = Float32Array.from(expected.embeddings["mobilenet scores"]!.flat());
  expect(smallestCosine(rows, embeddings, 5)).toBeCloseTo(1, 6);
});

test("runs a graph whose sizes are those of one image, image by image", async () => {
  const { architecture } = await run("vit.onnx", { ...tokens, pool: "cls" });
  expect(architecture).toMatchObject({ oneByOne: true });
  expect((await run("half.onnx", imagenet)).architecture).toMatchObject({ oneByOne: false });
});

test("imports what it wrote, to the same embeddings", async () => {
  const first = await run("bytes.onnx", {});
  const embeddings = await embed(first, pixels, 2);
  const copy = join(folder, "copy.onnx");
  copyFileSync(join(folder, "embedder.onnx"), copy);
  const again = await run("", {}, { path: copy });
  expect(smallestCosine(embeddings, await embed(again, pixels, 2), 16)).toBeCloseTo(1, 6);
});

test("measures on a data set, keeps its items, and takes its images as goldens", async () => {
  const items = await writeImages(join(folder, "images"), 7);
  const manifest = await run("bytes.onnx", {}, { data: { info: dataset, items } });
  expect(manifest.dataset).toEqual(dataset);
  expect(manifest.metrics?.precisionAt1).toBe(manifest.files[0]!.precisionAt1);
  const { items: written } = storePaths(folder);
  expect(readFileSync(written, "utf8").trim().split("\n")).toHaveLength(7);
  // Calibrated on the training images, of noise.
  expect(printed.some((line) => /^embedder\.int8\.onnx +\d/m.test(line))).toBe(true);
  const heldOut = items
    .filter(({ split }) => split === "test")
    .map(({ path }) => readFileSync(path));
  const files = manifest.goldens.map(({ picture }) => Buffer.from(picture!.file, "base64"));
  for (const file of files) expect(heldOut.some((each) => each.equals(file))).toBe(true);
  // A later import without the data set leaves nothing of it.
  await run("bytes.onnx", {});
  expect(existsSync(written)).toBe(false);
});

describe("asks in one line for what the graph does not say", () => {
  test.each<[string, string, ImportChoices, RegExp]>([
    ["normalization", "mobilenet.onnx", {}, /float32.* - add --preset imagenet\|clip/],
    ["the size", "convnext.onnx", { mean: [0, 0, 0], std: [1, 1, 1] }, / - add --size N/],
    ["one of several outputs", "vit.onnx", imagenet, /--output .*last_hidden_state, pooler_output/],
    ["the tokens' pooling", "vit.onnx", tokens, /17 tokens of 12 values - add --pool cls, mean/],
  ])("%s", async (_, file, choices, line) => {
    await expect(run(file, choices)).rejects.toMatchObject({
      code: "bad-input",
      line: expect.stringMatching(line),
    });
    expect(existsSync(storePaths(folder).manifest)).toBe(false);
  });
});

describe("rejects", () => {
  test.each<[string, string, ImportChoices, RegExp]>([
    [
      "a size that is not the graph's",
      "mobilenet.onnx",
      { ...imagenet, size: 64 },
      /32 pixels wide/,
    ],
    ["a pooling of a vector", "mobilenet.onnx", { ...imagenet, pool: "mean" }, /a vector already/],
    [
      "a class token of a map",
      "half.onnx",
      { ...imagenet, pool: "cls" },
      /--pool mean, max or gem/,
    ],
    ["another layout", "mobilenet.onnx", { ...imagenet, layout: "nhwc" }, /not nhwc/],
    ["normalization of bytes", "bytes.onnx", { mean: [0, 0, 0] }, /leave --mean and --std out/],
    ["an unknown value", "mobilenet.onnx", { ...imagenet, output: "x" }, /no value "x".*scores/],
  ])("%s", async (_, file, choices, line) => {
    await expect(run(file, choices)).rejects.toMatchObject({
      code: "bad-input",
      line: expect.stringMatching(line),
    });
  });

  test("to replace a trained model", async () => {
    writeFileSync(storePaths(folder).checkpoint, "");
    await expect(run("bytes.onnx", {})).rejects.toMatchObject({ code: "bad-input" });
  });

  test("a file that is not ONNX, and one that is missing", async () => {
    const path = join(folder, "noise.onnx");
    for (const text of ["", "not a model"]) {
      writeFileSync(path, text);
      await expect(run("", {}, { path })).rejects.toMatchObject({
        code: "bad-file",
        message: expect.stringMatching(/is not an ONNX model$/),
      });
    }
    await expect(run("absent.onnx", {})).rejects.toMatchObject({ code: "bad-file" });
  });
});
