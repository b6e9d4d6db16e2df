/** Embeddings as points of a plane, so that a person sees which lie together. */
import { onnxDotProducts } from "@plumage/export";
import { everyItem, search, uniform } from "@plumage/models";
import { UMAP } from "umap-js";

/** As umap-learn's default: fewer show finer groups, more the larger image. */
const neighbors = 15;
/** As umap-learn's default for large sets: for thousands of points it is seconds. */
const epochs = 200;
/** Below these there is nothing to arrange. */
const fewest = 4;

/**
 * UMAP (McInnes, Healy, Melville 2018, arXiv 1802.03426) over exact neighbors by cosine; the same
 * points for the same seed.
 *
 * @param embeddings [N, dimension]; a few thousand take seconds
 * @returns [N, 2], each axis from 0 to 1; undefined for fewer than four rows
 */
export async function project(
  embeddings: Float32Array,
  dimension: number,
  seed: number,
): Promise<Float32Array | undefined> {
  const count = embeddings.length / dimension;
  if (count < fewest) return undefined;
  const k = Math.min(neighbors, count - 1) - 1;
  // umap-js counts a point among its own neighbors.
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
  // The rows themselves are not looked at, as their neighbors are known.
  return spread(umap.fit(indices!));
}

/**
 * Each axis to [0, 1], halfway between its values and their ranks: a few points far out would
 * otherwise press all others together, and UMAP's distances mean little beyond what is near to
 * what.
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
