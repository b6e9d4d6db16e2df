/** How an encoder that another project trained became a model of the store. */
import { z } from "zod";

/** Ways to make one vector of a feature map or of tokens. */
export const poolingNames = ["mean", "max", "gem", "cls", "none"] as const;
/** Schema of a pooling's name. */
export const poolingSchema = z.enum(poolingNames);
/** A pooling of a map's or tokens' positions; "none" for outputs that are vectors. */
export type Pooling = z.infer<typeof poolingSchema>;

/** Order of an image tensor's axes. */
export const imageLayoutSchema = z.enum(["nchw", "nhwc"]);
/** An image tensor's order of axes: [N, 3, H, W] or [N, H, W, 3]. */
export type ImageLayout = z.infer<typeof imageLayoutSchema>;

const perChannel = z.tuple([z.number(), z.number(), z.number()]);

/** Schema of `architecture` in model.json for a model that `npm run import` made. */
export const importedEncoderSchema = z.object({
  name: z.literal("imported"),
  /** The ONNX file that was wrapped; the digest is of that file without its external data. */
  source: z.object({ file: z.string().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  /** As its authors name it; unknown if the person who imported it did not say. */
  license: z.string().min(1).optional(),
  input: z.object({
    name: z.string(),
    type: z.enum(["float32", "float16", "float64", "uint8"]),
    layout: imageLayoutSchema,
  }),
  /** (x / 255 - mean) / std for R, G and B. Null if the encoder takes bytes. */
  normalization: z.object({ mean: perChannel, std: perChannel }).nullable(),
  output: z.object({
    name: z.string(),
    /** Of one image: [D], [C, H, W], [H, W, C] or [T, C]. */
    shape: z.array(z.int().positive()).min(1),
    pool: poolingSchema,
  }),
  /** Whether the graph runs image by image, because its batch size is part of it. */
  oneByOne: z.boolean(),
});
/** Source, input and output of an imported encoder. */
export type ImportedEncoder = z.infer<typeof importedEncoderSchema>;
