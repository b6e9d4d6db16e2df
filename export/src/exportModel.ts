/** Writes the ONNX files of a model's variants and model.json beside a checkpoint. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  cosineLimits,
  encodeGolden,
  type Item,
  keepsQuality,
  type Manifest,
  type ManifestFile,
  maxPrecisionLoss,
  PlumageError,
  resizeSteps,
  type VariantName,
  variantNames,
} from "@plumage/models";
import { progress } from "@plumage/models/cli";
import {
  readItems,
  repositoryRoot,
  sha256,
  writeFileWhole,
  writeManifest,
} from "@plumage/models/node";
import * as ort from "onnxruntime-node";
import { goldenInputs } from "./embedder/goldens.ts";
import { type HeldOutFigures, measureOnHeldOut } from "./embedder/heldOut.ts";
import { heldOutItems, imageBatches, joined, spread } from "./embedder/images.ts";
import { recordEmbedder } from "./embedder/record.ts";
import {
  type EmbedderSession,
  imagesPerSecond,
  openSession,
  smallestCosine,
} from "./embedder/session.ts";
import { variantTable } from "./embedder/table.ts";
import { readTrained, type TrainedModel } from "./embedder/trained.ts";
import { variants } from "./embedder/variants.ts";
import { type OnnxModel, readOnnx, writeModel } from "./recorder/onnx/read.ts";
import { tidy } from "./recorder/onnx/tidy.ts";

export interface ExportOptions {
  /** fp32 is written in any case: the others are measured by it. */
  readonly variants: readonly VariantName[];
  /** Write a variant whatever it loses. */
  readonly allowLoss: boolean;
  /** The best checkpoint of the run, not the last. */
  readonly best?: boolean;
  /** Stops it; nothing has been written then. */
  readonly signal?: AbortSignal;
}

const calibrationImages = 512;
/**
 * Ranges are means over batches: of smaller ones they cut off too much, of larger ones they follow
 * single images.
 */
const calibrationBatch = 32;

/**
 * Exports the model of a store folder: records the network, checks it against the graph that was
 * trained, makes and measures the variants, writes each whole, then the manifest. Files of variants
 * that it does not write are removed, as they would belong to another checkpoint.
 *
 * @throws PlumageError "mismatch" if the fp32 file strays from the trained graph
 */
export async function exportModel(
  name: string,
  folder: string,
  print: (line: string) => void,
  { variants: wanted, allowLoss, best = false, signal }: ExportOptions = {
    variants: ["fp32"],
    allowLoss: false,
  },
): Promise<Manifest> {
  const model = await readTrained(folder, best ? "best" : "last");
  const { architecture, dataset, metrics } = model;
  const { dimension, imageSize: side } = architecture;
  const sides = resizeSteps(architecture);
  print(
    `${name}: ${dataset.title}, ${side} px, ${dimension} numbers an embedding, ${model.iterations} iterations of training`,
  );
  const items = await readItems(folder);
  const inputs = await goldenInputs(items, sides);
  const { images, count } = joined(inputs.map(({ pixels }) => pixels));
  const goldens = await trainedEmbeddings(model, images, count);

  const fp32 = tidy(readOnnx(recordEmbedder(architecture, model.parameters, { fold: true }).bytes));
  const calibration = () => calibrationTensors(items, sides, signal);
  const made: { variant: VariantName; file: string; graph: OnnxModel; session: EmbedderSession }[] =
    [];
  for (const variant of variantNames.filter((each) => each === "fp32" || wanted.includes(each))) {
    const { file, make } = variants[variant];
    const graph = await make(fp32, calibration);
    made.push({ variant, file, graph, session: await openSession(writeModel(graph), side) });
  }
  const sessions = made.map(({ session }) => session);
  const cosineMin = smallestCosine(goldens, await sessions[0]!.embed(images, count), dimension);
  // Written so that NaN is refused.
  if (!(cosineMin >= cosineLimits.export.cosine)) {
    const { file } = variants.fp32;
    throw new PlumageError(
      "mismatch",
      `${file} strays from the trained network: cosine ${cosineMin.toFixed(6)}`,
    );
  }
  const speeds = await imagesPerSecond(sessions, side);
  // A quick export of fp32 alone rests on the report's figures.
  const figures =
    made.length > 1
      ? await measureOnHeldOut(sessions, heldOutItems(items), sides, dimension, signal)
      : [];
  for (const session of sessions) await session.close();

  const version = await ownVersion();
  const written = made.map(({ variant, graph }, i) => {
    const description = describeFile(name, variant, model, figures[i]);
    return writeModel({ ...graph, ...description, producerVersion: version });
  });
  const rows = made.map(({ variant, file }, i): ManifestFile => {
    const bytes = written[i]!;
    const row = {
      file,
      variant,
      bytes: bytes.length,
      sha256: sha256(bytes),
      cosineMin,
      imagesPerSecond: speeds[i]!,
    };
    const figure = figures[i];
    if (!figure) return row;
    const points = (of: "precisionAt1" | "recallAt4") => 100 * (figure[of] - figures[0]![of]);
    const deltas = {
      precisionAt1Delta: points("precisionAt1"),
      recallAt4Delta: points("recallAt4"),
    };
    return { ...row, ...figure, ...deltas, ...(variant === "fp32" ? { cosineMin } : {}) };
  });
  const files = rows.filter((row) => allowLoss || keepsQuality(row));
  print(variantTable(rows));
  for (const { file, precisionAt1Delta = 0 } of rows.filter((row) => !files.includes(row))) {
    const lost = (-precisionAt1Delta).toFixed(2);
    print(
      `${file} is not written: it loses ${lost} points of P@1, more than ${maxPrecisionLoss} (--allow-loss writes it)`,
    );
  }

  const kept = new Set(files.map(({ file }) => file));
  for (const { file } of Object.values(variants))
    if (!kept.has(file)) await rm(join(folder, file), { force: true });
  for (const [i, { file }] of made.entries())
    if (kept.has(file)) await writeFileWhole(join(folder, file), written[i]!);
  const manifest: Manifest = {
    format: "plumage-model/1",
    name,
    architecture,
    dimension,
    preprocessing: { imageSize: side, resize: [...sides], filter: "pillow-bilinear" },
    input: { name: "images", type: "uint8", layout: "NHWC" },
    output: { name: "embeddings", type: "float32", unitLength: true },
    dataset,
    metrics,
    producer: { name: "plumage", version, iterations: model.iterations },
    files,
    goldens: inputs.map((input, i) =>
      encodeGolden(input.pixels, goldens.subarray(i * dimension, (i + 1) * dimension), input),
    ),
  };
  await writeManifest(folder, manifest);
  return manifest;
}

/** What the graph that was trained gives, its batch norms as they are. */
async function trainedEmbeddings(
  { architecture, parameters }: TrainedModel,
  images: Uint8Array,
  count: number,
) {
  const { bytes } = recordEmbedder(architecture, parameters, { fold: false });
  const session = await openSession(bytes, architecture.imageSize);
  const embeddings = (await session.embed(images, count)).slice();
  await session.close();
  return embeddings;
}

async function* calibrationTensors(
  items: readonly Item[],
  sides: readonly number[],
  signal?: AbortSignal,
): AsyncGenerator<ort.Tensor> {
  const side = sides.at(-1)!;
  const training = items.filter((item) => item.split === "train");
  if (training.length === 0) {
    const hint = "--variants fp32,fp16 needs none";
    throw new PlumageError(
      "bad-file",
      "items.jsonl has no training images to calibrate int8 on",
      hint,
    );
  }
  const chosen = spread(training, calibrationImages);
  const shown = progress("calibrating int8", chosen.length, "training images");
  for await (const { images, count } of imageBatches(chosen, sides, calibrationBatch)) {
    signal?.throwIfAborted();
    yield new ort.Tensor("uint8", images, [count, side, side, 3]);
    shown.advance(count);
  }
  shown.finish();
}

/** What the file says of itself, for a person who has nothing but the file. */
function describeFile(
  name: string,
  variant: VariantName,
  { dataset, metrics, architecture, iterations }: TrainedModel,
  figures: HeldOutFigures | undefined,
): Pick<OnnxModel, "metadata" | "description"> {
  const side = architecture.imageSize;
  const [precision, recall] = figures
    ? [figures.precisionAt1, figures.recallAt4]
    : [metrics?.precisionAt1, metrics?.recallAt["4"]];
  const reached =
    precision === undefined || recall === undefined
      ? "not measured"
      : `held out: P@1 ${precision.toFixed(4)}, R@4 ${recall.toFixed(4)}${figures ? "" : " (in training's report)"}`;
  return {
    description:
      `Image embedder "${name}", ${variant}: images uint8 [N, ${side}, ${side}, 3] RGB to embeddings float32 ` +
      `[N, ${architecture.dimension}] of unit length, compared by their cosine. Normalization is inside.`,
    metadata: {
      name,
      variant,
      architecture: JSON.stringify(architecture),
      iterations: String(iterations),
      dataset: dataset.title,
      datasetDescription: dataset.description,
      licences: [...new Set(dataset.attributions.map(({ licence }) => licence))].join(", "),
      preprocessing: `RGB uint8, crop, resize to a square of ${resizeSteps(architecture).join(", then ")} (Pillow's antialiased bilinear)`,
      metrics: reached,
    },
  };
}

async function ownVersion(): Promise<string> {
  const { version } = JSON.parse(
    await readFile(join(repositoryRoot(), "package.json"), "utf8"),
  ) as { version: string };
  return version;
}
