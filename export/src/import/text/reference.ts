/** The reference: the text encoder as it came, pooled outside the graph. */
import { PlumageError } from "@plumage/models";
import * as ort from "@plumage/models/onnxruntime";
import type { Tokens } from "@plumage/models/text";
import { openEncoder, runEncoder } from "../runtime.ts";
import { poolingWeights, type TextHead } from "./head.ts";
import { bareTextEncoder, type TextGraph } from "./wrap.ts";

export interface TextReference {
  /** The output's shape for one text, with the batch axis. */
  readonly shape: readonly number[];
  /** @returns a unit-length vector */
  embed(tokens: Tokens, head: TextHead): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * @param example any text
 * @throws PlumageError "unsupported" that names an operator that onnxruntime cannot run
 */
export async function openTextReference(
  encoder: TextGraph,
  example: Tokens,
): Promise<TextReference> {
  const session = await openEncoder(bareTextEncoder(encoder));
  const run = async (tokens: Tokens): Promise<ort.Tensor> =>
    (await runEncoder(session, tokenTensors(tokens)))["import/features"]!;
  try {
    const { dims } = await run(example);
    return {
      shape: dims,
      async embed(tokens, head) {
        const vector = pooledText((await run(tokens)).data as Float32Array, tokens, head);
        if (vector.every(Number.isFinite)) return vector;
        const message = `the output "${encoder.output}" has values that are NaN or infinite`;
        throw new PlumageError("mismatch", message, "check --text-output and the tokenizer");
      },
      close: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}

/** A text as the graph's inputs. */
export const tokenTensors = ({ ids, mask }: Tokens): Record<string, ort.Tensor> => ({
  ids: new ort.Tensor("int32", ids, [1, ids.length]),
  mask: new ort.Tensor("int32", mask, [1, mask.length]),
});

/** Pools and normalizes in double precision. @param values of the head's shape */
function pooledText(
  values: Float32Array,
  { mask }: Tokens,
  { pool, dimension }: TextHead,
): Float32Array {
  const weights = pool === "none" ? Float64Array.of(1) : poolingWeights[pool](mask);
  const vector = Float64Array.from({ length: dimension }, (_, channel) =>
    weights.reduce((sum, weight, at) => sum + weight * values[at * dimension + channel]!, 0),
  );
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return Float32Array.from(vector, (value) => value / norm);
}
