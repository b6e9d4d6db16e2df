/** Embeddings and labels in, metrics and neighbors out: what the commands call. */
import { PlumageError } from "@plumage/models";
import { RetrievalMeter, type RetrievalResult } from "./metrics.ts";
import { type DistanceName, everyItem, type SearchSets, search } from "./search.ts";

/** The first neighbors of each query, for images of the retrieval. */
export interface Neighbors {
  /** [Q] item numbers. */
  readonly queries: Int32Array;
  /** Neighbors of each. */
  readonly k: number;
  /** [Q, k] item numbers, nearest first. */
  readonly indices: Int32Array;
  /** [Q, k] scores, higher is nearer; see search. */
  readonly scores: Float32Array;
}

export interface Evaluation extends RetrievalResult {
  readonly neighbors: Neighbors;
}

export interface EvaluateOptions {
  /** What is looked for among what; without it every item among all the others. */
  readonly sets?: SearchSets;
  readonly distance?: DistanceName;
}

/** Neighbors that are kept; the metrics may need far more. */
const keptNeighbors = 8;

/**
 * Retrieval over a gallery, leave-one-out or of queries among references.
 *
 * @param embeddings [N, dimension]
 * @param labels class number of each of the N items
 * @throws PlumageError "bad-input" if the sizes do not fit, a value is not finite, or there is
 * nothing to find
 */
export async function evaluate(
  embeddings: Float32Array,
  labels: Int32Array,
  dimension: number,
  { sets = everyItem(labels.length), distance }: EvaluateOptions = {},
): Promise<Evaluation> {
  if (embeddings.length !== labels.length * dimension) {
    const sizes = `${embeddings.length} values are not ${labels.length} embeddings of ${dimension}`;
    throw new PlumageError("bad-input", sizes);
  }
  const { queries } = sets;
  const meter = new RetrievalMeter(labels, sets);
  const k = Math.min(keptNeighbors, meter.needed);
  const indices = new Int32Array(queries.length * k);
  const scores = new Float32Array(queries.length * k);
  let row = 0;
  const options = {
    embeddings,
    dimension,
    ...sets,
    k: meter.needed,
    ...(distance ? { distance } : {}),
  };
  for await (const found of meter.needed > 0 ? search(options) : []) {
    meter.add(found.query, found.indices);
    indices.set(found.indices.subarray(0, k), row * k);
    scores.set(found.scores.subarray(0, k), row * k);
    row++;
  }
  return { ...meter.result(), neighbors: { queries, k, indices, scores } };
}
