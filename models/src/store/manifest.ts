/** model.json: what an exported model is, how to feed it and how to check a runtime against it. */
import { z } from "zod";
import { boxSchema } from "../image/image.ts";
import { architectureSchema } from "../network/architecture.ts";
import { retrievalMetricsSchema } from "../retrieval/metricsSchema.ts";
import { datasetInfoSchema } from "./item.ts";

/** The variants that export knows; see export's table. */
export const variantNames = ["fp32", "fp16", "int8"] as const;
export const variantNameSchema = z.enum(variantNames);
export type VariantName = z.infer<typeof variantNameSchema>;

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);

export const manifestFileSchema = z.object({
  /** File name beside model.json. */
  file: z.string().min(1),
  variant: variantNameSchema,
  bytes: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /**
   * Smallest cosine of an embedding to fp32's, over up to 1,000 held-out images; fp32's own is to
   * the training graph's, over the goldens.
   */
  cosineMin: z.number(),
  cosineMean: z.number().optional(),
  /** On the held-out images, where they were measured: fractions, as in `metrics`. */
  precisionAt1: z.number().optional(),
  recallAt4: z.number().optional(),
  /** The same less fp32's, in points (hundredths): -0.3 is a loss. */
  precisionAt1Delta: z.number().optional(),
  recallAt4Delta: z.number().optional(),
  /** Measured where the export ran, one image size, batch of 16. */
  imagesPerSecond: z.number().positive().optional(),
});
export type ManifestFile = z.infer<typeof manifestFileSchema>;

/** Points of P@1 that a variant may lose and still stand for the model. */
export const mostPointsLost = 0.5;

/** Whether a variant is as good as fp32 for who searches. */
export const keepsQuality = ({
  precisionAt1Delta = 0,
}: Pick<ManifestFile, "precisionAt1Delta">): boolean => precisionAt1Delta >= -mostPointsLost;

/**
 * The cosine to a golden embedding below which a runtime computes something else than the variant.
 * A variant may stand twice as far from the golden as the furthest of the held-out images did at
 * export: goldens are few, and providers round in their own ways.
 *
 * @param exact the limit for fp32
 */
export const cosineLimit = (
  { variant, cosineMin }: Pick<ManifestFile, "variant" | "cosineMin">,
  exact: number,
): number => (variant === "fp32" ? exact : Math.min(exact, 1 - 2 * (1 - cosineMin)));

export const manifestSchema = z.object({
  format: z.literal("plumage-model/1"),
  /** Name of the model: the folder under models/store. */
  name: z.string().min(1),
  architecture: architectureSchema,
  dimension: z.int().positive(),
  /** Shared by every runtime: decode, crop, then resize to a square without keeping the aspect. */
  preprocessing: z.object({
    imageSize: z.int().min(32),
    /**
     * Resize steps in order; the last equals imageSize. [256, 224] is the tutorial's double resize.
     */
    resize: z.array(z.int().positive()).min(1),
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
  producer: z.object({
    name: z.literal("plumage"),
    version: z.string(),
    iterations: z.int().nonnegative(),
  }),
  files: z.array(manifestFileSchema).min(1),
  /**
   * Known inputs and what they must give: a runtime checks itself against them before it serves.
   */
  goldens: z
    .array(
      z.object({
        /** imageSize * imageSize * 3 bytes of RGB. */
        pixels: base64,
        /** dimension float32 values, little endian. */
        embedding: base64,
        /**
         * The image's own file, from which decoding, the crop to its box and the resize must make
         * the pixels.
         */
        picture: z.object({ file: base64, box: boxSchema.optional() }).optional(),
      }),
    )
    .min(1),
});
export type Manifest = z.infer<typeof manifestSchema>;
