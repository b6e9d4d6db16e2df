/** Exports a head with the encoder that it was trained on, as one embedder. */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type EncoderHead,
  frozenBatchNorm,
  type Item,
  type Manifest,
  modelFiles,
  networkOutputs,
  resizeSteps,
  type VariantName,
} from "@plumage/models";
import { readHeadEncoder } from "@plumage/models/node";
import * as ort from "@plumage/models/onnxruntime";
import { type ModelProto, ModelProtoSchema, StringStringEntryProtoSchema } from "onnx-buf";
import { calibrationTensors } from "../embedder/calibration.ts";
import { checkEmbedder } from "../embedder/check.ts";
import { type GoldenVectors, goldenInputs } from "../embedder/goldens.ts";
import { concatenate } from "../embedder/images.ts";
import { measureFiles } from "../embedder/measure.ts";
import { parameterInputs } from "../embedder/parameters.ts";
import type { TrainedModel } from "../embedder/trained.ts";
import { type FileDescription, type WrittenVariant, writeModelFiles } from "../embedder/write.ts";
import { withHalfWeights } from "../import/halfWeights.ts";
import { int8Encoder } from "../import/int8.ts";
import { opsetOf } from "../import/readEncoder.ts";
import { recordModel } from "../recorder/index.ts";
import { joinHead } from "./join.ts";

/** A checkpoint of a head. */
export interface TrainedHead extends TrainedModel {
  readonly architecture: EncoderHead;
}

export interface HeadExport {
  readonly name: string;
  readonly folder: string;
  readonly model: TrainedHead;
  readonly items: readonly Item[];
  /** Held-out items to measure on. */
  readonly measured: readonly Item[];
  readonly variants: readonly VariantName[];
  readonly allowLoss: boolean;
  readonly signal: AbortSignal | undefined;
  print(line: string): void;
}

/**
 * @throws PlumageError "bad-file" if the encoder's file is missing, "mismatch" if it is not the one
 * that the head was trained on, or the joined file disagrees with both
 */
export async function exportHead(options: HeadExport): Promise<Manifest> {
  const { name, folder, model, items, measured, allowLoss, signal, print } = options;
  const { architecture, parameters } = model;
  const encoder = await readHeadEncoder(folder, architecture);
  const goldens = await headGoldens(encoder, model, items);
  const fp32 = joinHead(encoder, architecture, parameters);
  const graphs = await headVariants(fp32, options);
  const files = graphs.map(({ variant, graph }) => ({
    variant,
    bytes: toBinary(ModelProtoSchema, graph),
  }));
  const cosineMin = await checkEmbedder(files[0]!.bytes, goldens, architecture);
  const shape = { ...architecture, steps: resizeSteps(architecture) };
  const { variants: measures, comparison } = await measureFiles(
    files,
    files.length > 1 ? measured : [],
    shape,
    signal,
  );
  const written = graphs.map(
    ({ variant, graph }, i): WrittenVariant => ({
      ...measures[i]!,
      file: modelFiles[variant],
      calibration: comparison?.calibration,
      encode: (description) => toBinary(ModelProtoSchema, described(graph, description)),
    }),
  );
  return writeModelFiles({ name, folder, model, goldens, cosineMin, allowLoss, print }, written);
}

interface HeadVariant {
  readonly variant: VariantName;
  readonly graph: ModelProto;
}

/** The variants that were asked for, as an imported encoder has them. */
async function headVariants(
  fp32: ModelProto,
  { variants, model, items, signal, print }: HeadExport,
): Promise<HeadVariant[]> {
  const made: HeadVariant[] = [{ variant: "fp32", graph: fp32 }];
  const half = variants.includes("fp16") ? withHalfWeights(fp32) : undefined;
  if (half) made.push({ variant: "fp16", graph: half });
  if (!variants.includes("int8")) return made;
  const images = () => calibrationTensors(items, resizeSteps(model.architecture), signal);
  const int8 = await int8Encoder(fp32, opsetOf(fp32), images);
  if (typeof int8 === "string") print(`no int8: ${int8}`);
  else made.push({ variant: "int8", graph: int8 });
  return made;
}

/** Held-out images, embedded by the encoder and the head that was trained, one after the other. */
async function headGoldens(
  encoder: Uint8Array,
  { architecture, parameters }: TrainedHead,
  items: readonly Item[],
): Promise<GoldenVectors> {
  const inputs = await goldenInputs(items, resizeSteps(architecture));
  const { images, count } = concatenate(inputs.map(({ pixels }) => pixels));
  const { imageSize, features, channels } = architecture;
  const length = features.length * channels;
  const { bytes } = recordModel(
    ({ input, ...tensors }) => ({
      embeddings: networkOutputs(architecture, tensors, frozenBatchNorm(tensors), input!)
        .embeddings,
    }),
    {
      input: { shape: ["N", length], type: "float32" },
      ...parameterInputs(architecture, parameters),
    },
    { name: "head" },
  );
  const [first, second] = [
    await ort.InferenceSession.create(encoder, { logSeverityLevel: 3 }),
    await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 }),
  ];
  try {
    const dims = [count, imageSize, imageSize, 3];
    const encoded = await first.run({ images: new ort.Tensor("uint8", images, dims) });
    const { embeddings } = await second.run({ input: encoded.features! });
    return { inputs, images, count, embeddings: (embeddings!.data as Float32Array).slice() };
  } finally {
    await first.release();
    await second.release();
  }
}

const described = (
  model: ModelProto,
  { description, metadata, producerVersion }: FileDescription,
): ModelProto =>
  create(ModelProtoSchema, {
    ...model,
    producerName: "plumage",
    producerVersion,
    docString: description,
    metadataProps: Object.entries(metadata).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
  });
