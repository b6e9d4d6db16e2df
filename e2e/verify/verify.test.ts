/** `npm run verify` on a small model of its own, intact and damaged. */
import "@tensorflow/tfjs";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { recordModel } from "@plumage/export/recorder";
import { cropAndResize, type Item, type Manifest, uniform } from "@plumage/models";
import {
  decodeImage,
  readManifest,
  sha256,
  storeFolder,
  storePaths,
  writeItems,
} from "@plumage/models/node";
import * as ort from "@plumage/models/onnxruntime";
import { tinyArchitecture } from "@plumage/models/testing";
import * as tf from "@tensorflow/tfjs-core";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { capture, typescript } from "../support/processes.ts";
import { matrix } from "./matrix.ts";
import { verifyOnCpu } from "./verifyOnCpu.ts";

const size = 32;
const { dimension } = tinyArchitecture(2);
const name = `verify-test-${process.pid}`;
const folder = storeFolder(name);
let manifest: Manifest;
let model: Uint8Array;

/** A linear map of the pixels, normalized to unit length. */
function network(): Uint8Array {
  const next = uniform(1);
  const data = Float32Array.from({ length: size * size * 3 * dimension }, () => next() - 0.5);
  return recordModel(
    ({ images, w }) => {
      const products = tf.matMul(
        tf.reshape(tf.cast(images!, "float32"), [-1, size * size * 3]),
        w as tf.Tensor2D,
      );
      return { embeddings: tf.div(products, tf.sqrt(tf.sum(tf.square(products), 1, true))) };
    },
    {
      images: { shape: ["N", size, size, 3], type: "uint8" },
      w: { shape: [size * size * 3, dimension], type: "float32", data },
    },
    { name: "embedder" },
  ).bytes;
}

async function writeImages(): Promise<Item[]> {
  const items: Item[] = [];
  for (let i = 0; i < 24; i++) {
    const next = uniform(i + 1);
    const [width, height] = [30 + i, 60 - i];
    const data = Uint8Array.from({ length: width * height * 3 }, () => 256 * next());
    const path = join(folder, `${i}.png`);
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(path);
    items.push({ id: String(i), path, label: `class ${i % 2}`, split: "test" });
  }
  await writeItems(folder, items);
  return items;
}

async function golden(
  { path }: Item,
  session: ort.InferenceSession,
): Promise<Manifest["goldens"][number]> {
  const file = await sharp(path).png().toBuffer();
  const pixels = cropAndResize(await decodeImage(file), [size]);
  const { embeddings } = await session.run({
    images: new ort.Tensor("uint8", pixels, [1, size, size, 3]),
  });
  const row = embeddings!.data as Float32Array;
  return {
    pixels: Buffer.from(pixels).toString("base64"),
    embedding: Buffer.from(row.slice().buffer).toString("base64"),
    picture: { file: file.toString("base64") },
  };
}

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  const items = await writeImages();
  model = network();
  const session = await ort.InferenceSession.create(model);
  manifest = {
    format: "plumage-model/1",
    name,
    architecture: tinyArchitecture(2, size),
    dimension,
    preprocessing: { imageSize: size, resize: [size], filter: "pillow-bilinear" },
    input: { name: "images", type: "uint8", layout: "NHWC" },
    output: { name: "embeddings", type: "float32", unitLength: true },
    dataset: { name: "noise", title: "Noise", description: "Noise", attributions: [] },
    metrics: null,
    producer: { name: "plumage", version: "0.1.0", iterations: 0 },
    files: [
      {
        file: "embedder.onnx",
        variant: "fp32",
        bytes: model.length,
        sha256: sha256(model),
        cosineMin: 1,
      },
    ],
    goldens: await Promise.all(items.slice(0, 3).map((item) => golden(item, session))),
  };
});
beforeEach(async () => {
  writeFileSync(join(folder, "embedder.onnx"), model);
  writeFileSync(join(folder, "model.json"), JSON.stringify(manifest));
  await readManifest(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const verify = () => verifyOnCpu(folder);
const writeGoldens = (goldens: readonly Golden[]) =>
  writeFileSync(join(folder, "model.json"), JSON.stringify({ ...manifest, goldens }));

test("searches the goldens if the model has no data set", async () => {
  const { items } = storePaths(folder);
  const text = readFileSync(items);
  rmSync(items);
  try {
    const { rows, isCorrect } = await verify();
    expect([isCorrect, rows[0]!.top10Overlap]).toEqual([true, 1]);
  } finally {
    writeFileSync(items, text);
  }
});

test("rejects a wrong golden: the table marks the row", async () => {
  const [first, second, third] = manifest.goldens as [Golden, Golden, Golden];
  writeGoldens([first, { ...second, embedding: third.embedding }, third]);
  const { rows, checks, isCorrect } = await verify();
  expect(isCorrect).toBe(false);
  expect(matrix(rows, checks)).toMatch(/fp32 +node-cpu +equal .* WRONG/);
});

test("rejects pixels that decoding does not give", async () => {
  const [first, second] = manifest.goldens as [Golden, Golden];
  writeGoldens([{ ...first, picture: second.picture }, second]);
  const { rows, checks, isCorrect } = await verify();
  expect(isCorrect).toBe(false);
  expect(matrix(rows, checks)).toMatch(/fp32 +node-cpu +differ .* WRONG/);
});

test("rejects a damaged file before it runs it", async () => {
  const damaged = model.slice();
  damaged[damaged.length >> 1]! ^= 1;
  writeFileSync(join(folder, "embedder.onnx"), damaged);
  await expect(verify()).rejects.toThrow("embedder.onnx is not the file that model.json describes");
});

test("rejects a missing file of the text encoder", async () => {
  const [file, digest] = ["embedder.onnx", sha256(model)];
  const stored = { bytes: 1, sha256: digest };
  const text: Manifest["text"] = {
    source: { file, sha256: digest },
    tokenizer: { ...stored, file: "tokenizer.json" },
    contextLength: 8,
    padding: 0,
    lowercase: false,
    input: { ids: "ids", mask: null, type: "int64" },
    output: { name: "y", shape: [dimension], pool: "none" },
    files: [{ ...stored, file, variant: "fp32", cosineMin: 1 }],
    goldens: [{ text: "red", ids: [1], embedding: manifest.goldens[0]!.embedding }],
  };
  writeFileSync(join(folder, "model.json"), JSON.stringify({ ...manifest, text }));
  await expect(verify()).rejects.toThrow("tokenizer.json is in model.json but does not exist");
});

test("--json prints one object; stderr names what was not checked", async () => {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const { exitCode, stdout, stderr } = await capture({
    args: typescript(main, "--name", name, "--json"),
    // Without a PATH most machines have no browser to start, which takes a while.
    env: { PATH: "", PLUMAGE_CHROMIUM: "" },
  });
  expect(exitCode, stderr).toBe(0);
  const { rows } = JSON.parse(stdout) as { rows: Record<string, unknown>[] };
  const row = rows.find(({ provider }) => provider === "node-cpu")!;
  expect(Object.keys(row)).toEqual([
    "input",
    "variant",
    "provider",
    "inputEqual",
    "cosineMin",
    "maxAbs",
    "top10Overlap",
    "ms",
  ]);
  expect(row).toMatchObject({ variant: "fp32", inputEqual: true, top10Overlap: 1 });
  const checked = new Set(rows.map(({ provider }) => provider));
  for (const provider of ["node-webgpu", "node-cuda", "browser-wasm", "browser-webgpu"])
    if (!checked.has(provider)) expect(stderr).toContain(`not checked: fp32 on ${provider}: `);
});

type Golden = Manifest["goldens"][number];
