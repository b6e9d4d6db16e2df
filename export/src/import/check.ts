/** Wraps an encoder in the form that agrees with the encoder as it came. */
import { cosineLimits, PlumageError } from "@plumage/models";
import * as ort from "@plumage/models/onnxruntime";
import type { ModelProto } from "onnx-buf";
import type { GoldenVectors } from "../embedder/goldens.ts";
import { smallestCosine } from "../embedder/session.ts";
import type { Head } from "./head.ts";
import { openEncoder, runEncoder } from "./runtime.ts";
import { type Encoder, wrapEncoder } from "./wrap.ts";

export interface WrappedEncoder {
  readonly model: ModelProto;
  /** Whether the graph runs image by image. */
  readonly oneByOne: boolean;
  /** Smallest cosine of the golden embeddings with the reference. */
  readonly cosineMin: number;
}

/**
 * Tries the encoder on whole batches, then image by image: the declared batch axis does not tell
 * whether sizes inside the graph depend on it.
 *
 * @param goldens embeddings of the encoder as it came, one image at a time
 * @throws PlumageError "mismatch" if neither agrees with the reference
 */
export async function wrapAndCheck(
  encoder: Encoder,
  head: Head,
  goldens: GoldenVectors,
): Promise<WrappedEncoder> {
  const cosines: number[] = [];
  for (const oneByOne of [false, true]) {
    const model = wrapEncoder(encoder, head, oneByOne);
    const cosineMin = await batchCosine(model, encoder.input.size, head, goldens).catch(
      (error: unknown) => {
        // Sizes of one image may be part of the graph: then it fails on a batch.
        if (oneByOne) throw error;
        return Number.NaN;
      },
    );
    if (cosineMin >= cosineLimits.export.cosine) return { model, oneByOne, cosineMin };
    cosines.push(cosineMin);
  }
  throw new PlumageError(
    "mismatch",
    `the wrapped encoder disagrees with the encoder: cosine ${cosines.at(-1)!.toFixed(6)}, ` +
      `expected at least ${cosineLimits.export.cosine}`,
    "export the encoder in evaluation mode, without dropout",
  );
}

/** The smallest cosine of the golden embeddings, computed in one batch, with the reference. */
export async function batchCosine(
  model: ModelProto,
  size: number,
  { dimension }: Head,
  { images, count, embeddings }: GoldenVectors,
): Promise<number> {
  const session = await openEncoder(model);
  try {
    const dims = [count, size, size, 3];
    const outputs = await runEncoder(session, { images: new ort.Tensor("uint8", images, dims) });
    const found = outputs.embeddings!.data as Float32Array;
    return found.length === embeddings.length
      ? smallestCosine(embeddings, found, dimension)
      : Number.NaN;
  } finally {
    await session.release();
  }
}
