/** A store folder with a tiny network that really embeds, and images to index. */
import "@tensorflow/tfjs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { recordEmbedder } from "@plumage/export";
import {
  encodeGolden,
  type Item,
  initialParameters,
  type Manifest,
  modelFiles,
  uniform,
} from "@plumage/models";
import { sha256, writeManifest } from "@plumage/models/node";
import * as ort from "@plumage/models/onnxruntime";
import { randomBytes, tinyArchitecture } from "@plumage/models/testing";
import * as tf from "@tensorflow/tfjs-core";
import sharp from "sharp";

tf.enableProdMode();

const architecture = tinyArchitecture(2);
const { imageSize, dimension } = architecture;

/** Of a fictional fit: higher scores and larger gaps make more confident. */
const calibration = {
  depth: 16,
  gapScale: 0.01,
  nearest: { bias: -9, score: 9, gap: 1 },
  others: { bias: -9.5, score: 9, gap: 1 },
  reliability: { samples: 400, ece: 0.02, bins: [] },
};

/** Writes embedder.onnx and model.json; another seed gives another model. */
export async function writeModel(folder: string, seed = 1): Promise<Manifest> {
  const parameters = initialParameters(architecture, seed);
  const { bytes } = recordEmbedder(architecture, parameters, { fold: false });
  const manifest: Manifest = {
    format: "plumage-model/1",
    name: "tiny",
    architecture,
    dimension,
    preprocessing: { imageSize, resize: [imageSize], filter: "pillow-bilinear" },
    input: { name: "images", type: "uint8", layout: "NHWC" },
    output: { name: "embeddings", type: "float32", unitLength: true },
    dataset: {
      name: "patches",
      title: "Patches",
      description: "Colored patches",
      attributions: [],
    },
    metrics: null,
    calibration,
    producer: { name: "plumage", version: "0", iterations: 0 },
    files: [
      {
        file: modelFiles.fp32,
        variant: "fp32",
        bytes: bytes.length,
        sha256: sha256(bytes),
        cosineMin: 1,
      },
    ],
    goldens: [await goldenOf(bytes, seed)],
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, modelFiles.fp32), bytes);
  await writeManifest(folder, manifest);
  return manifest;
}

async function goldenOf(model: Uint8Array, seed: number): Promise<Manifest["goldens"][number]> {
  const pixels = randomBytes(imageSize * imageSize * 3, seed);
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  const images = new ort.Tensor("uint8", pixels, [1, imageSize, imageSize, 3]);
  const { embeddings } = await session.run({ images });
  const golden = encodeGolden(pixels, (embeddings!.data as Float32Array).slice());
  await session.release();
  return golden;
}

/** A PNG of noise around a color. */
export function noise(seed: number, width = 40, height = 30): Promise<Buffer> {
  const next = uniform(seed);
  const base = [next() * 200, next() * 200, next() * 200];
  const data = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => base[i % 3]! + next() * 55,
  );
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** The same as bytes that fetch takes. */
export const noiseBytes = async (
  ...args: Parameters<typeof noise>
): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await noise(...args));

export async function writeImage(path: string, seed: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await noise(seed));
}

/** The seed of an item's image. */
export const seedOf = (i: number): number => 100 + i;

/** Items "0", "1", ... with their images in the folder; even and odd ones have different labels. */
export async function writeItems(folder: string, count: number): Promise<Item[]> {
  const items = Array.from(
    { length: count },
    (_, i): Item => ({
      id: String(i),
      path: join(folder, "images", `${i}.png`),
      label: i % 2 ? "odd" : "even",
      split: "test",
      ...(i === 0 ? { source: "hand" } : {}),
    }),
  );
  for (const [i, { path }] of items.entries()) await writeImage(path, seedOf(i));
  return items;
}
