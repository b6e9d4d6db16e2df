import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type EncoderHead,
  type ImportedEncoder,
  type Manifest,
  type ParameterValues,
  variantFile,
} from "@plumage/models";
import { repositoryRoot, sha256, storePaths, writeCheckpointFile } from "@plumage/models/node";
import * as ort from "@plumage/models/onnxruntime";
import { randomBytes, randomParameters } from "@plumage/models/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dataset, writeImages } from "../../test/storeFolder.ts";
import { openSession, smallestCosine } from "../embedder/session.ts";
import { exportModel } from "../exportModel.ts";
import { encoderFeatures } from "../import/features.ts";
import type { ImportChoices } from "../import/options.ts";
import { importModel } from "../importModel.ts";

const fixtures = join(repositoryRoot(), "export", "test", "fixtures", "encoders");
const silent = () => undefined;
const count = 3;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "plumage-head-"));
});
afterEach(() => rmSync(root, { recursive: true }));

interface Imported {
  readonly manifest: Manifest;
  readonly architecture: ImportedEncoder;
  readonly embedder: Uint8Array;
  readonly images: Uint8Array<ArrayBuffer>;
}

async function imported(file: string, choices: ImportChoices): Promise<Imported> {
  const folder = join(root, "encoder");
  const manifest = await importModel("encoder", folder, silent, {
    path: join(fixtures, file),
    choices,
  });
  const size = manifest.preprocessing.imageSize;
  return {
    manifest,
    architecture: manifest.architecture as ImportedEncoder,
    embedder: readFileSync(join(folder, variantFile(manifest).file)),
    images: randomBytes(count * size * size * 3, 7),
  };
}

async function run(bytes: Uint8Array, images: Uint8Array, size: number, output: string) {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const tensor = new ort.Tensor("uint8", images, [count, size, size, 3]);
  const outputs = await session.run({ images: tensor });
  const values = (outputs[output]!.data as Float32Array).slice();
  await session.release();
  return values;
}

const unit = (values: Float64Array): Float64Array => {
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
};

/** The CGD head in plain loops. */
function headOf(
  { descriptors, features, channels, dimension }: EncoderHead,
  parameters: ParameterValues,
  values: Float32Array,
): Float64Array {
  const share = dimension / descriptors.length;
  const parts = descriptors.flatMap((descriptor) => {
    const [weight, scale, bias] = ["linear.weight", "norm.weight", "norm.bias"].map(
      (name) => parameters.get(`descriptors.${descriptor}.${name}`)!,
    );
    const start = features.indexOf(descriptor) * channels;
    const projected = Array.from({ length: share }, (_, row) => {
      let sum = 0;
      for (let i = 0; i < channels; i++) sum += weight![row * channels + i]! * values[start + i]!;
      return sum;
    });
    const mean = projected.reduce((sum, value) => sum + value, 0) / share;
    const variance = projected.reduce((sum, value) => sum + (value - mean) ** 2, 0) / share;
    return projected.map(
      (value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * scale![i]! + bias![i]!,
    );
  });
  return unit(Float64Array.from(parts));
}

/** A store folder as training leaves it, with a head of random parameters. */
async function writeHead({ manifest, architecture, embedder }: Imported) {
  const folder = join(root, "head");
  const { bytes, features, channels } = encoderFeatures(embedder, architecture, ["S", "M", "G"]);
  const { imageSize, resize } = manifest.preprocessing;
  const head: EncoderHead = {
    name: "encoder-head",
    encoder: { source: "encoder", sha256: sha256(bytes), license: "MIT" },
    features,
    channels,
    imageSize,
    resize,
    descriptors: features.length === 1 ? ["S"] : ["M", "G"],
    dimension: 6,
    classes: 2,
  };
  const parameters = randomParameters(head, 5);
  await writeImages(folder, 7);
  writeFileSync(storePaths(folder).encoder, bytes);
  await writeCheckpointFile(storePaths(folder).checkpoint, {
    architecture: head,
    parameters,
    dataset,
    iteration: 12,
    seconds: 1,
    settings: {},
  });
  return { folder, head, parameters, bytes };
}

const leastCosines = { fp32: 0.999999, fp16: 0.999, int8: 0.9 };
const options = { variants: ["fp32", "fp16", "int8"] as const, allowLoss: true };

describe.each<[string, ImportChoices, number]>([
  ["vit.onnx", { output: "last_hidden_state", preset: "siglip", pool: "mean" }, 1],
  ["convnext.onnx", { preset: "imagenet", size: 32 }, 3],
  ["mobilenet.onnx", { preset: "imagenet", size: 32 }, 1],
  ["bytes.onnx", {}, 1],
])("a head on %s", (file, choices, pooled) => {
  it("is trained on what the encoder's embeddings are made of", async () => {
    const encoder = await imported(file, choices);
    const { manifest, architecture, embedder, images } = encoder;
    const { imageSize } = manifest.preprocessing;
    const found = encoderFeatures(embedder, architecture, ["S", "M", "G"]);
    expect(found.features).toHaveLength(pooled);
    expect(found.channels).toBe(manifest.dimension);
    const features = await run(found.bytes, images, imageSize, "features");
    const embeddings = await run(embedder, images, imageSize, "embeddings");
    const { dimension } = manifest;
    for (let i = 0; i < count; i++) {
      const start = i * found.features.length * dimension;
      const average = unit(Float64Array.from(features.subarray(start, start + dimension)));
      const expected = embeddings.subarray(i * dimension, (i + 1) * dimension);
      expect(Math.max(...average.map((value, j) => Math.abs(value - expected[j]!)))).toBeLessThan(
        1e-5,
      );
    }
  });

  it("is exported with it as one file", async () => {
    const encoder = await imported(file, choices);
    const { folder, head, parameters, bytes } = await writeHead(encoder);
    const manifest = await exportModel("head", folder, silent, options);
    expect(manifest.architecture).toEqual(head);
    expect(manifest.preprocessing.resize).toEqual(encoder.manifest.preprocessing.resize);
    const features = await run(bytes, encoder.images, head.imageSize, "features");
    const length = features.length / count;
    const expected = Array.from({ length: count }, (_, i) =>
      headOf(head, parameters, features.subarray(i * length, (i + 1) * length)),
    );
    for (const { file: name, variant } of manifest.files) {
      const session = await openSession(readFileSync(join(folder, name)), head.imageSize);
      const embeddings = await session.embed(encoder.images, count);
      const wanted = Float32Array.from(expected.flatMap((values) => [...values]));
      const cosine = smallestCosine(wanted, embeddings, head.dimension);
      expect(cosine, variant).toBeGreaterThan(leastCosines[variant]);
      await session.close();
    }
  });
});

it("is refused without its encoder, or with another", async () => {
  const { folder } = await writeHead(await imported("bytes.onnx", {}));
  const path = storePaths(folder).encoder;
  writeFileSync(path, "another");
  await expect(exportModel("head", folder, silent, options)).rejects.toMatchObject({
    code: "mismatch",
    hint: "train the head again: npm run train -- --backbone encoder",
  });
  rmSync(path);
  await expect(exportModel("head", folder, silent, options)).rejects.toMatchObject({
    code: "bad-file",
    message: `${path} is missing`,
  });
});
