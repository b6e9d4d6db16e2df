/** The text encoder of a model: words are searched for by the same embeddings as images. */
import { z } from "zod";
import { base64Schema } from "./base64.ts";
import { variantNames } from "./variant.ts";

/** Ways to make one vector of the states of a text's tokens. */
export const textPoolingNames = ["cls", "end", "last", "mean", "none"] as const;
/** Schema of a text pooling's name. */
export const textPoolingSchema = z.enum(textPoolingNames);
/**
 * The state at the first token, at the last token of the text, at the last position (which may be
 * padding), or the mean over the text's tokens; "none" for outputs that are vectors.
 */
export type TextPooling = z.infer<typeof textPoolingSchema>;

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const storedFile = z.object({ file: z.string().min(1), bytes: z.int().positive(), sha256: digest });

/** Schema of a text encoder's file. */
export const textFileSchema = storedFile.extend({
  variant: z.enum(variantNames),
  /** The smallest cosine between its embeddings of the goldens and the reference's. */
  cosineMin: z.number(),
});
/** An ONNX file: `ids` and `mask`, int32 [1, T] -> `embeddings` float32 [1, dimension]. */
export type TextFile = z.infer<typeof textFileSchema>;

/** Schema of `text` in model.json. */
export const textModelSchema = z.object({
  /** The ONNX file that was wrapped; the digest is of that file without its external data. */
  source: z.object({ file: z.string().min(1), sha256: digest }),
  /** In Hugging Face's format. */
  tokenizer: storedFile,
  /** Tokens that the encoder reads. Longer texts are cut, shorter ones padded. */
  contextLength: z.int().min(3).max(4096),
  /** The token that follows the text's. */
  padding: z.int().nonnegative(),
  /** Whether texts are in lowercase before they are tokenized. */
  lowercase: z.boolean(),
  input: z.object({
    ids: z.string(),
    /** Null if the graph takes no mask, or if it was trained to see padding. */
    mask: z.string().nullable(),
    type: z.enum(["int32", "int64"]),
  }),
  output: z.object({
    name: z.string(),
    /** Of one text: [D] or [T, C]. */
    shape: z.array(z.int().positive()).min(1).max(2),
    pool: textPoolingSchema,
  }),
  /** fp32, and fp16 if its weights keep the quality. */
  files: z.array(textFileSchema).min(1),
  /** Golden texts: a runtime must reproduce their tokens and embeddings before it is used. */
  goldens: z
    .array(
      z.object({
        text: z.string(),
        /** Without padding. */
        ids: z.array(z.int().nonnegative()).min(1),
        /** dimension float32 values, little-endian. */
        embedding: base64Schema,
      }),
    )
    .min(1),
});
/** Tokenizer, files and goldens of a text encoder. */
export type TextModel = z.infer<typeof textModelSchema>;
