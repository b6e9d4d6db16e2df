/** Exact nearest neighbours of every item among the others: block products by onnxruntime, selection by a short loop. */
import { availableParallelism } from "node:os";
import { recordModel } from "@plumage/export";
import { PlumageError } from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import * as ort from "onnxruntime-node";
import { selectLargest } from "./select.ts";

/** Queries in one product: 256 rows of scores against 60,000 items are 60 MB. */
const blockRows = 256;

export interface Neighbours {
  /** Neighbours of each item. */
  readonly k: number;
  /** [count, k] item numbers, nearest first; of equal scores the lower number comes first. */
  readonly indices: Int32Array;
  /** [count, k] cosine similarities. */
  readonly scores: Float32Array;
}

/**
 * The k nearest of the other items to each item, by cosine similarity. The item itself is left out by its number, so
 * that a copy of it in the gallery still counts.
 *
 * @param embeddings [count, dimension], of any length: rows are brought to unit length first; a zero row scores 0
 * @param k at most count - 1
 * @throws PlumageError "bad-input" if the sizes do not fit or a value is not a number
 */
export async function nearest(
  embeddings: Float32Array,
  count: number,
  dimension: number,
  k: number,
): Promise<Neighbours> {
  if (embeddings.length !== count * dimension || k < 1 || k > count - 1) {
    const sizes = `${embeddings.length} values as ${count} x ${dimension}`;
    throw new PlumageError("bad-input", `cannot find ${k} neighbours of each item in ${sizes}`);
  }
  const unit = unitRows(embeddings, dimension);
  const indices = new Int32Array(count * k);
  const scores = new Float32Array(count * k);
  const session = await productSession(count, dimension);
  try {
    const gallery = new ort.Tensor("float32", unit, [count, dimension]);
    for (let start = 0; start < count; start += blockRows) {
      const rows = Math.min(blockRows, count - start);
      const block = unit.subarray(start * dimension, (start + rows) * dimension);
      const queries = new ort.Tensor("float32", block, [rows, dimension]);
      const products = (await session.run({ queries, gallery })).products!;
      const data = products.data as Float32Array;
      for (let row = 0; row < rows; row++) {
        const own = data.subarray(row * count, (row + 1) * count);
        const at = (start + row) * k;
        selectLargest(own, start + row, indices.subarray(at, at + k), scores.subarray(at, at + k));
      }
      products.dispose();
    }
  } finally {
    await session.release();
  }
  return { k, indices, scores };
}

/** Rows divided by their Euclidean length, summed in double precision; a zero row stays zero. */
function unitRows(embeddings: Float32Array, dimension: number): Float32Array {
  const unit = new Float32Array(embeddings.length);
  for (let start = 0; start < embeddings.length; start += dimension) {
    let square = 0;
    for (let i = start; i < start + dimension; i++) square += embeddings[i]! ** 2;
    if (!Number.isFinite(square)) {
      throw new PlumageError("bad-input", `the embedding of item ${start / dimension} is not a finite vector`);
    }
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let i = start; i < start + dimension; i++) unit[i] = embeddings[i]! * scale;
  }
  return unit;
}

/** queries [B, dimension] x gallery [count, dimension] -> products [B, count]. */
function productSession(count: number, dimension: number): Promise<ort.InferenceSession> {
  const { bytes } = recordModel(
    ({ queries, gallery }) => ({ products: tf.matMul(queries as tf.Tensor2D, gallery as tf.Tensor2D, false, true) }),
    {
      queries: { shape: ["B", dimension], type: "float32" },
      gallery: { shape: [count, dimension], type: "float32" },
    },
    { name: "products" },
  );
  return ort.InferenceSession.create(bytes, { intraOpNumThreads: availableParallelism(), logSeverityLevel: 3 });
}
