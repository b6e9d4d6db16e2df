/** Embeddings and labels in, metrics and neighbours out: what the training command calls. */
import { neighboursNeeded, type RetrievalResult, retrievalMetrics } from "./metrics.ts";
import { type Neighbours, nearest } from "./search.ts";

export interface Evaluation extends RetrievalResult {
  readonly neighbours: Neighbours;
}

/**
 * Leave-one-out retrieval over a gallery.
 *
 * @param embeddings [N, dimension], compared by cosine
 * @param labels class number of each of the N items
 * @throws PlumageError "bad-input" if the sizes do not fit, a value is not finite, or no class has two members
 */
export async function evaluate(embeddings: Float32Array, labels: Int32Array, dimension: number): Promise<Evaluation> {
  const neighbours = await nearest(embeddings, labels.length, dimension, neighboursNeeded(labels));
  return { ...retrievalMetrics(labels, neighbours.indices), neighbours };
}
