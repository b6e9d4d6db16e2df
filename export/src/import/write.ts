/** Writes an imported encoder's file and manifest. */
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  type DatasetInfo,
  describeResize,
  encodeGolden,
  type Item,
  type Manifest,
  type ManifestFile,
  modelFiles,
  type ResizeStep,
  textFiles,
} from "@plumage/models";
import {
  sha256,
  storePaths,
  writeFileWhole,
  writeItems,
  writeManifest,
} from "@plumage/models/node";
import type { ModelProto } from "onnx-buf";
import type { GoldenVectors } from "../embedder/goldens.ts";
import type { Comparison } from "../embedder/heldOut.ts";
import { packageVersion } from "../embedder/write.ts";
import type { WrappedEncoder } from "./check.ts";
import { describedFile } from "./describedFile.ts";
import type { Head } from "./head.ts";
import type { ImportedText } from "./text/importText.ts";
import type { Encoder } from "./wrap.ts";

export interface ImportedModel {
  readonly name: string;
  /** Path of the file that was imported. */
  readonly path: string;
  readonly license: string | undefined;
  /** As the user knows its values. */
  readonly encoder: Encoder;
  readonly head: Head;
  readonly goldens: GoldenVectors;
  readonly wrapped: WrappedEncoder;
  readonly steps: readonly ResizeStep[];
  /** Undefined without a data set. */
  readonly data: { readonly info: DatasetInfo; readonly items: readonly Item[] } | undefined;
  /** Undefined for an image encoder alone. */
  readonly text: ImportedText | undefined;
}

/** An embedder's file: the wrapped encoder with a description for who has nothing else. */
export function embedderFile(
  { name, path, license, encoder, head, steps }: Omit<ImportedModel, "data" | "goldens" | "text">,
  model: ModelProto,
): Promise<Uint8Array> {
  const { size } = encoder.input;
  return describedFile(path, license, model, {
    docString:
      `Image embedder "${name}", imported from ${basename(path)}. Maps images, uint8 [N, ` +
      `${size}, ${size}, 3] RGB, to embeddings float32 [N, ${head.dimension}] of unit length, ` +
      "which are compared by cosine. Normalization is part of the graph.",
    preprocessing: `RGB uint8, crop to the box, ${describeResize(steps)}`,
  });
}

export interface ImportedFile {
  readonly row: ManifestFile;
  readonly bytes: Uint8Array;
}

/**
 * Writes each file whole, the manifest last, and removes variants of an earlier import.
 *
 * @param folder models/store/<name>
 * @param comparison on the data set's held-out images; undefined without one
 */
export async function writeImportedModel(
  folder: string,
  imported: ImportedModel,
  files: readonly ImportedFile[],
  comparison: Comparison | undefined,
): Promise<Manifest> {
  const { data, text } = imported;
  for (const other of [modelFiles.fp16, modelFiles.int8, ...Object.values(textFiles)])
    await rm(join(folder, other), { force: true });
  for (const { row, bytes } of files) await writeFileWhole(join(folder, row.file), bytes);
  for (const { file, bytes } of text?.files ?? []) await writeFileWhole(join(folder, file), bytes);
  if (data) await writeItems(folder, data.items);
  else await rm(storePaths(folder).items, { force: true });
  const rows = files.map(({ row }) => row);
  const manifest = await makeManifest(imported, rows, comparison);
  await writeManifest(folder, manifest);
  return manifest;
}

async function makeManifest(
  { name, path, license, encoder, head, goldens, wrapped, steps, data, text }: ImportedModel,
  files: readonly ManifestFile[],
  comparison: Comparison | undefined,
): Promise<Manifest> {
  const { input, bytes } = encoder;
  const { dimension, output, shape, pool } = head;
  const source = { file: basename(path), sha256: sha256(bytes) };
  const { mean, std } = input.normalization ?? {};
  return {
    format: "plumage-model/1",
    name,
    architecture: {
      name: "imported",
      source,
      ...(license ? { license } : {}),
      input: { name: input.name, type: input.type, layout: input.layout },
      normalization: mean && std ? { mean: [...mean], std: [...std] } : null,
      output: { name: output, shape: [...shape], pool },
      oneByOne: wrapped.oneByOne,
    },
    dimension,
    preprocessing: { imageSize: input.size, resize: [...steps], filter: "pillow-bilinear" },
    input: { name: "images", type: "uint8", layout: "NHWC" },
    output: { name: "embeddings", type: "float32", unitLength: true },
    dataset: data?.info ?? {
      name: "none",
      title: source.file,
      description: "Imported without a data set: neither measured nor calibrated.",
      attributions: [],
    },
    metrics: comparison?.metrics ?? null,
    ...(comparison?.calibration ? { calibration: comparison.calibration } : {}),
    producer: { name: "plumage", version: await packageVersion(), iterations: 0 },
    files: [...files],
    goldens: goldens.inputs.map((image, i) =>
      encodeGolden(
        image.pixels,
        goldens.embeddings.subarray(i * dimension, (i + 1) * dimension),
        image,
      ),
    ),
    ...(text ? { text: text.model } : {}),
  };
}
