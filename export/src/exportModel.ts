/** Writes the ONNX file and model.json beside a checkpoint. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Manifest, type ManifestFile, manifestSchema, PlumageError, type VariantName } from "@plumage/models";
import { readItems, repositoryRoot, sha256, writeFileWhole } from "@plumage/models/node";
import { goldenPixels } from "./embedder/goldens.ts";
import { type RecordEmbedderOptions, recordEmbedder } from "./embedder/recordEmbedder.ts";
import { imagesPerSecond, openSession, smallestCosine } from "./embedder/session.ts";
import { readTrained, type TrainedModel } from "./embedder/trained.ts";

interface Variant {
  readonly file: string;
  /** The smallest cosine to the trained graph that it may have on a golden. */
  readonly cosineLimit: number;
  make(model: TrainedModel, metadata: RecordEmbedderOptions["metadata"]): Uint8Array;
}

/** What export writes, by variant. */
const variants: Partial<Record<VariantName, Variant>> = {
  fp32: {
    file: "embedder.onnx",
    cosineLimit: 0.99999,
    make: ({ architecture, parameters }, metadata = {}) =>
      recordEmbedder(architecture, parameters, { fold: true, metadata }).bytes,
  },
};

/**
 * Exports the model of a store folder: records the network, checks it against the graph that was trained, writes it
 * whole, then the manifest.
 *
 * @throws PlumageError "mismatch" if a variant strays from the trained graph
 */
export async function exportModel(name: string, folder: string, print: (line: string) => void): Promise<Manifest> {
  const model = await readTrained(folder);
  const { architecture, dataset, metrics } = model;
  const side = architecture.imageSize;
  const pixels = await goldenPixels(await readItems(join(folder, "items.jsonl")), [side]);
  const images = new Uint8Array(pixels.length * side * side * 3);
  pixels.forEach((bytes, i) => {
    images.set(bytes, i * bytes.length);
  });
  const trained = await openSession(recordEmbedder(architecture, model.parameters, { fold: false }).bytes, side);
  const goldens = (await trained.embed(images, pixels.length)).slice();
  await trained.close();

  const metadata = {
    name,
    dataset: dataset.title,
    licences: [...new Set(dataset.attributions.map(({ licence }) => licence))].join(", "),
    preprocessing: `RGB uint8, crop, resize to ${side} x ${side} (Pillow's antialiased bilinear)`,
  };
  const files: ManifestFile[] = [];
  for (const [variant, { file, cosineLimit, make }] of Object.entries(variants) as [VariantName, Variant][]) {
    const bytes = make(model, metadata);
    const session = await openSession(bytes, side);
    const cosineMin = smallestCosine(goldens, await session.embed(images, pixels.length), architecture.dimension);
    if (cosineMin < cosineLimit) {
      throw new PlumageError("mismatch", `${file} strays from the trained network: cosine ${cosineMin.toFixed(6)}`);
    }
    const speed = await imagesPerSecond(session, side);
    await session.close();
    await writeFileWhole(join(folder, file), bytes);
    files.push({ file, variant, bytes: bytes.length, sha256: sha256(bytes), cosineMin, imagesPerSecond: speed });
    print(
      `${file}: ${(bytes.length / 1e6).toFixed(1)} MB, cosine to the trained network ${cosineMin.toFixed(6)}, ${speed.toFixed(0)} images/s here`,
    );
  }
  const { version } = JSON.parse(await readFile(join(repositoryRoot(), "package.json"), "utf8")) as { version: string };
  const manifest: Manifest = {
    format: "plumage-model/1",
    name,
    architecture,
    dimension: architecture.dimension,
    preprocessing: { imageSize: side, resize: [side], filter: "pillow-bilinear" },
    input: { name: "images", type: "uint8", layout: "NHWC" },
    output: { name: "embeddings", type: "float32", unitLength: true },
    dataset,
    metrics,
    producer: { name: "plumage", version, iterations: model.iterations },
    files,
    goldens: pixels.map((bytes, i) => {
      const row = goldens.subarray(i * architecture.dimension, (i + 1) * architecture.dimension);
      return { pixels: base64(bytes), embedding: base64(new Uint8Array(row.buffer, row.byteOffset, row.byteLength)) };
    }),
  };
  await writeFileWhole(join(folder, "model.json"), `${JSON.stringify(manifestSchema.parse(manifest), null, 2)}\n`);
  return manifest;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
