/** Projects embeddings to the plane. */
import { onnxDotProducts } from "@plumage/export";
import { everyItem, search, uniform } from "@plumage/models";
import { UMAP } from "umap-js";

/** umap-learn's default; fewer neighbors show finer clusters, more the global structure. */
const neighbors = 15;
/** umap-learn's default for large sets; takes seconds for thousands of points. */
const epochs = 200;
const minPoints = 4;

/**
 * UMAP (McInnes, Healy, Melville 2018, arXiv 1802.03426) over exact neighbors by cosine similarity,
 * deterministic for a seed.
 *
 * @param embeddings [N, dimension]
 * @returns [N, 2], each axis from 0 to 1; undefined for fewer than four rows
 */
export async function project(
  embeddings: Float32Array,
  dimension: number,
  seed: number,
): Promise<Float32Array | undefined> {
  const count = embeddings.length / dimension;
  if (count < minPoints) return undefined;
  const k = Math.min(neighbors, count - 1) - 1;
  // umap-js expects each point as its own first neighbor.
  const [indices, distances]: number[][][] = [[], []];
  const options = { embeddings, dimension, k, provider: onnxDotProducts, ...everyItem(count) };
  for await (const found of search(options)) {
    indices!.push([found.query, ...found.indices]);
    distances!.push([0, ...Array.from(found.scores, (score) => Math.max(0, 1 - score))]);
  }
  const umap = new UMAP({
    nNeighbors: k + 1,
    random: uniform(seed),
    minDist: 0.1,
    nEpochs: epochs,
  });
  umap.setPrecomputedKNN(indices!, distances!);
  // With precomputed neighbors, umap-js uses only the number of rows.
  return spread(umap.fit(indices!));
}

/**
 * Scales each axis to [0, 1], halfway between values and ranks: otherwise a few outliers would
 * compress all other points, and large distances in UMAP mean little.
 */
function spread(points: readonly number[][]): Float32Array {
  const result = new Float32Array(points.length * 2);
  for (const axis of [0, 1]) {
    const values = points.map((point) => point[axis]!);
    const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
    const [low, high] = [values[order[0]!]!, values[order.at(-1)!]!];
    order.forEach((point, rank) => {
      const value = high > low ? (values[point]! - low) / (high - low) : 0.5;
      result[2 * point + axis] = (value + rank / (points.length - 1)) / 2;
    });
  }
  return result;
}
