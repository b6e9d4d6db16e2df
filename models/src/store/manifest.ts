/** model.json: what an exported model is, what its input looks like, and how to check a runtime. */
import { z } from "zod";
import { PlumageError } from "../errors.ts";
import { boxSchema } from "../image/image.ts";
import { resizeStepSchema } from "../image/resizeStep.ts";
import { architectureSchema } from "../network/architecture.ts";
import { encoderHeadSchema } from "../network/encoderHead.ts";
import { calibrationSchema } from "../retrieval/confidence.ts";
import { retrievalMetricsSchema } from "../retrieval/metricsSchema.ts";
import { base64Schema } from "./base64.ts";
import { importedEncoderSchema } from "./importedEncoder.ts";
import { datasetInfoSchema } from "./item.ts";
import { parseJson } from "./json.ts";
import { runHint } from "./layout.ts";
import { textModelSchema } from "./textModel.ts";
import { type VariantName, variantNames } from "./variant.ts";

/** Schema of a variant's name. */
export const variantNameSchema = z.enum(variantNames);

/** Schema of one ONNX file in model.json. */
export const manifestFileSchema = z.object({
  /** File name in the folder of model.json. */
  file: z.string().min(1),
  variant: variantNameSchema,
  bytes: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /**
   * The smallest cosine between the variant's embeddings and fp32's, over up to 1,000 held-out
   * images. For fp32: between the file and the trained or imported graph, over the goldens.
   */
  cosineMin: z.number(),
  cosineMean: z.number().optional(),
  /**
   * Retrieval on a sample of the held-out images if it was measured; fractions, as in `metrics`.
   * P@1 of a variant other than fp32 is fp32's times the ratio of their P@1 in halves of the
   * gallery.
   */
  precisionAt1: z.number().optional(),
  recallAt4: z.number().optional(),
  /** Difference from fp32 in percentage points: -0.3 is a loss. */
  precisionAt1Delta: z.number().optional(),
  recallAt4Delta: z.number().optional(),
  /** Measured during export, in batches of 16. */
  imagesPerSecond: z.number().positive().optional(),
});
/** One exported ONNX file: its variant, size, digest and measured quality. */
export type ManifestFile = z.infer<typeof manifestFileSchema>;

/** Schema of model.json. */
export const manifestSchema = z.object({
  format: z.literal("plumage-model/1"),
  /** Name of the model: its folder in models/store. */
  name: z.string().min(1),
  architecture: z.discriminatedUnion("name", [
    architectureSchema,
    encoderHeadSchema,
    importedEncoderSchema,
  ]),
  dimension: z.int().positive(),
  /** Every runtime decodes, crops, then resizes to a square. */
  preprocessing: z.object({
    imageSize: z.int().min(32),
    /** Steps in order, imageSize last. [256, 224] is the tutorial's double resize. */
    resize: z.array(resizeStepSchema).min(1),
    /** Of the steps that are numbers. */
    filter: z.literal("pillow-bilinear"),
  }),
  input: z.object({
    name: z.literal("images"),
    type: z.literal("uint8"),
    layout: z.literal("NHWC"),
  }),
  output: z.object({
    name: z.literal("embeddings"),
    type: z.literal("float32"),
    unitLength: z.literal(true),
  }),
  dataset: datasetInfoSchema,
  metrics: retrievalMetricsSchema.nullable(),
  /** Turns scores into confidences. Older exports, and those of few held-out images, have none. */
  calibration: calibrationSchema.optional(),
  producer: z.object({
    name: z.literal("plumage"),
    version: z.string(),
    iterations: z.int().nonnegative(),
  }),
  files: z.array(manifestFileSchema).min(1),
  /** Golden test vectors: a runtime must reproduce their embeddings before it is used. */
  goldens: z
    .array(
      z.object({
        /** imageSize * imageSize * 3 bytes of RGB. */
        pixels: base64Schema,
        /** dimension float32 values, little-endian. */
        embedding: base64Schema,
        /** The image file that decodes, crops and resizes to the pixels. */
        picture: z.object({ file: base64Schema, box: boxSchema.optional() }).optional(),
      }),
    )
    .min(1),
  /** Only of models that can be searched by words. */
  text: textModelSchema.optional(),
});
/** The contents of model.json. */
export type Manifest = z.infer<typeof manifestSchema>;

/**
 * Parses the text of a model.json.
 *
 * @param source its path or URL, for error messages
 * @throws PlumageError "bad-file"
 */
export const parseManifest = (text: string, source = "model.json"): Manifest =>
  parseJson(text, manifestSchema, source);

/**
 * A hint that names the command which writes a model's files again.
 *
 * @param name of its folder
 */
export const writeAgainHint = (
  { architecture }: Pick<Manifest, "architecture">,
  name: string,
): string =>
  architecture.name === "imported"
    ? `run: npm run import -- --onnx ${architecture.source.file} --name ${name}`
    : runHint("export", name);

/** License of an encoder that another project trained, if it is known. */
export const encoderLicense = ({
  architecture,
}: Pick<Manifest, "architecture">): string | undefined =>
  architecture.name === "imported"
    ? architecture.license
    : architecture.name === "encoder-head"
      ? architecture.encoder.license
      : undefined;

/**
 * The manifest's entry for a variant; fp32's digest identifies the model, also in the index and the
 * gallery.
 *
 * @throws PlumageError "bad-file" if the manifest does not list it
 */
export function variantFile(
  manifest: Pick<Manifest, "files" | "name" | "architecture">,
  variant: VariantName = "fp32",
): ManifestFile {
  const file = manifest.files.find((each) => each.variant === variant);
  if (file) return file;
  const message = `model.json lists no ${variant} file`;
  throw new PlumageError("bad-file", message, writeAgainHint(manifest, manifest.name));
}
