/** The files of an imported text encoder: wrapped, compared with the reference, described. */
import { basename } from "node:path";
import {
  cosineLimits,
  PlumageError,
  type TextFile,
  type TextModel,
  textFiles,
} from "@plumage/models";
import { sha256 } from "@plumage/models/node";
import { type TextTokenizer, textGoldenCosine } from "@plumage/models/text";
import type { ModelProto } from "onnx-buf";
import { describedFile } from "../describedFile.ts";
import { withHalfWeights } from "../halfWeights.ts";
import { openEncoder, runEncoder } from "../runtime.ts";
import type { TextHead } from "./head.ts";
import { tokenTensors } from "./reference.ts";
import { type TextGraph, wrapTextEncoder } from "./wrap.ts";

export interface StoredText {
  readonly row: TextFile;
  readonly bytes: Uint8Array;
}

interface CheckedText {
  /** Name of the model. */
  readonly name: string;
  /** Path of the file that was imported. */
  readonly path: string;
  readonly license: string | undefined;
  readonly encoder: TextGraph;
  readonly head: TextHead;
  /** Embeddings of the encoder as it came. */
  readonly goldens: TextModel["goldens"];
  readonly tokenizer: TextTokenizer;
}

/**
 * The wrapped encoder, and with weights in half precision unless they already were or lose too
 * much.
 *
 * @throws PlumageError "mismatch" if the wrapped encoder disagrees with the reference
 */
export async function storedText(checked: CheckedText): Promise<StoredText[]> {
  const { encoder, head } = checked;
  const wrapped = wrapTextEncoder(encoder, head);
  const cosineMin = await goldenCosine(wrapped, checked);
  const { cosine: limit } = cosineLimits.export;
  // Negated, so that NaN fails.
  if (!(cosineMin >= limit))
    throw new PlumageError(
      "mismatch",
      `the wrapped text encoder disagrees with the encoder: cosine ${cosineMin.toFixed(6)}, ` +
        `expected at least ${limit}`,
      "export the text encoder in evaluation mode, without dropout",
    );
  const fp32 = await stored("fp32", wrapped, cosineMin, checked);
  const half = withHalfWeights(wrapped);
  const halfCosine = half ? await goldenCosine(half, checked) : 0;
  if (!half || halfCosine < cosineLimits.halfWeights.cosine) return [fp32];
  return [fp32, await stored("fp16", half, halfCosine, checked)];
}

async function goldenCosine(
  model: ModelProto,
  { goldens, tokenizer }: CheckedText,
): Promise<number> {
  const session = await openEncoder(model);
  try {
    return await textGoldenCosine(goldens, tokenizer, async (tokens) => {
      const { embeddings } = await runEncoder(session, tokenTensors(tokens));
      return embeddings!.data as Float32Array;
    });
  } finally {
    await session.release();
  }
}

async function stored(
  variant: "fp32" | "fp16",
  model: ModelProto,
  cosineMin: number,
  { name, path, license, encoder, head }: CheckedText,
): Promise<StoredText> {
  const bytes = await describedFile(path, license, model, {
    docString:
      `Text encoder of the image embedder "${name}", imported from ${basename(path)}. Maps a ` +
      `text, ids and mask int32 [1, ${encoder.length}], to embeddings float32 ` +
      `[1, ${head.dimension}] of unit length, which are compared with those of images by cosine.`,
    preprocessing: `${textFiles.tokenizer}; mask is 1 for tokens, 0 for padding`,
  });
  const file = textFiles[variant];
  return { row: { variant, file, bytes: bytes.length, sha256: sha256(bytes), cosineMin }, bytes };
}
