/** Writes an imported encoder's file and manifest. */
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type DatasetInfo,
  describeResize,
  encodeGolden,
  type Item,
  type Manifest,
  type ManifestFile,
  modelFiles,
  PlumageError,
  type ResizeStep,
} from "@plumage/models";
import {
  sha256,
  storePaths,
  writeFileWhole,
  writeItems,
  writeManifest,
} from "@plumage/models/node";
import { type ModelProto, ModelProtoSchema, StringStringEntryProtoSchema } from "onnx-buf";
import type { GoldenVectors } from "../embedder/goldens.ts";
import { packageVersion } from "../embedder/write.ts";
import type { WrappedEncoder } from "./check.ts";
import type { Head } from "./head.ts";
import type { EncoderMeasures } from "./measure.ts";
import type { Encoder } from "./wrap.ts";

export interface ImportedModel {
  readonly name: string;
  /** Path of the file that was imported. */
  readonly path: string;
  /** As the user knows its values. */
  readonly encoder: Encoder;
  readonly head: Head;
  readonly goldens: GoldenVectors;
  readonly wrapped: WrappedEncoder;
  readonly steps: readonly ResizeStep[];
  /** Undefined without a data set. */
  readonly data: { readonly info: DatasetInfo; readonly items: readonly Item[] } | undefined;
}

/** The files of an imported encoder. */
export interface ImportedFiles {
  readonly fp32: Uint8Array;
  /** Its weights in half precision, with the cosines to fp32; undefined if they already were. */
  readonly fp16:
    | { readonly bytes: Uint8Array; readonly cosineMin: number; readonly cosineMean: number }
    | undefined;
}

/** An embedder's file: the wrapped encoder with a description for who has nothing else. */
export async function embedderFile(
  { name, path, encoder, head, steps }: Omit<ImportedModel, "data" | "goldens">,
  model: ModelProto,
): Promise<Uint8Array> {
  const { size } = encoder.input;
  const described = create(ModelProtoSchema, {
    ...model,
    producerName: "plumage",
    producerVersion: await packageVersion(),
    docString:
      `Image embedder "${name}", imported from ${basename(path)}. Maps images, uint8 [N, ` +
      `${size}, ${size}, 3] RGB, to embeddings float32 [N, ${head.dimension}] of unit length, ` +
      "which are compared by cosine. Normalization is part of the graph.",
    metadataProps: [
      ...model.metadataProps.filter(({ key }) => key !== "preprocessing"),
      create(StringStringEntryProtoSchema, {
        key: "preprocessing",
        value: `RGB uint8, crop to the box, ${describeResize(steps)}`,
      }),
    ],
  });
  try {
    return toBinary(ModelProtoSchema, described);
  } catch (cause) {
    const message = `${basename(path)}: the encoder is too large for one file of 2 GB`;
    throw new PlumageError("unsupported", message, "import a smaller encoder", { cause });
  }
}

/**
 * Writes each file whole, the manifest last, and removes variants of an earlier import.
 *
 * @param folder models/store/<name>
 */
export async function writeImportedModel(
  folder: string,
  imported: ImportedModel,
  files: ImportedFiles,
  measures: EncoderMeasures,
): Promise<Manifest> {
  const { data } = imported;
  const { fp32, fp16 } = files;
  for (const other of [modelFiles.fp16, modelFiles.int8])
    await rm(join(folder, other), { force: true });
  await writeFileWhole(join(folder, modelFiles.fp32), fp32);
  if (fp16) await writeFileWhole(join(folder, modelFiles.fp16), fp16.bytes);
  if (data) await writeItems(folder, data.items);
  else await rm(storePaths(folder).items, { force: true });
  const rows = manifestRows(files, imported.wrapped.cosineMin, measures);
  const manifest = await makeManifest(imported, rows, measures);
  await writeManifest(folder, manifest);
  return manifest;
}

function manifestRows(
  { fp32, fp16 }: ImportedFiles,
  cosineMin: number,
  { imagesPerSecond, evaluation }: EncoderMeasures,
): ManifestFile[] {
  const quality = evaluation && {
    precisionAt1: evaluation.metrics.precisionAt1,
    recallAt4: evaluation.metrics.recallAt["4"],
  };
  const rows: ManifestFile[] = [
    { ...rowOf("fp32", fp32), cosineMin, imagesPerSecond, ...(quality ?? {}) },
  ];
  if (fp16) {
    const { bytes, cosineMin, cosineMean } = fp16;
    rows.push({ ...rowOf("fp16", bytes), cosineMin, cosineMean });
  }
  return rows;
}

const rowOf = (variant: "fp32" | "fp16", bytes: Uint8Array) => ({
  file: modelFiles[variant],
  variant,
  bytes: bytes.length,
  sha256: sha256(bytes),
});

async function makeManifest(
  { name, path, encoder, head, goldens, wrapped, steps, data }: ImportedModel,
  files: readonly ManifestFile[],
  { evaluation }: EncoderMeasures,
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
    metrics: evaluation?.metrics ?? null,
    ...(evaluation?.calibration ? { calibration: evaluation.calibration } : {}),
    producer: { name: "plumage", version: await packageVersion(), iterations: 0 },
    files: [...files],
    goldens: goldens.inputs.map((image, i) =>
      encodeGolden(
        image.pixels,
        goldens.embeddings.subarray(i * dimension, (i + 1) * dimension),
        image,
      ),
    ),
  };
}
