/** The retrieval evaluation: embeddings and labels in, metrics and neighbors out. */
import { PlumageError } from "../errors.ts";
import { CalibrationMeter, calibrationDepth } from "./calibrate.ts";
import type { Calibration } from "./confidence.ts";
import type { DotProductProvider } from "./dotProducts.ts";
import { RetrievalMeter, type RetrievalResult } from "./metrics.ts";
import type { OpenSetMetrics } from "./metricsSchema.ts";
import { OpenSetMeter } from "./openSet.ts";
import { type Similarity, search } from "./search.ts";
import { everyItem, maxNeighbors, type SearchSets } from "./searchSets.ts";

/** The nearest few neighbors of each query. */
export interface Neighbors {
  /** [Q] item numbers. */
  readonly queries: Int32Array;
  /** Neighbors per query. */
  readonly k: number;
  /** [Q, k] item numbers, nearest first. */
  readonly indices: Int32Array;
  /** [Q, k] scores, higher is nearer; see NeighborsOfQuery. */
  readonly scores: Float32Array;
}

/** A retrieval evaluation: its metrics, and the neighbors they come from. */
export interface Evaluation extends RetrievalResult {
  readonly neighbors: Neighbors;
  /** If requested: how well scores tell matches from others. Undefined if there is one class. */
  readonly openSet?: OpenSetMetrics | undefined;
  /** If requested: what scores mean. Undefined if there are too few queries for a fit. */
  readonly calibration?: Calibration | undefined;
}

/** Embeddings, labels and search options of an evaluation. */
export interface EvaluationOptions {
  /** [N, dimension] */
  readonly embeddings: Float32Array;
  readonly dimension: number;
  /** Class number of each of the N items. */
  readonly labels: Int32Array;
  readonly provider: DotProductProvider;
  /** Default: leave-one-out over all items. */
  readonly sets?: SearchSets;
  /** Default "cosine". */
  readonly similarity?: Similarity;
  /** Also computes open-set metrics and a calibration, both of cosines. Default false. */
  readonly withOpenSet?: boolean;
}

/** Neighbors in the result; the metrics may use far more. */
const resultNeighbors = 8;

/**
 * Searches every query and computes the metrics.
 *
 * @throws PlumageError "bad-input" if the sizes do not match, a value is not finite, or no class
 * has two items
 */
export async function evaluateRetrieval({
  embeddings,
  dimension,
  labels,
  provider,
  sets = everyItem(labels.length),
  similarity = "cosine",
  withOpenSet = false,
}: EvaluationOptions): Promise<Evaluation> {
  if (embeddings.length !== labels.length * dimension) {
    const sizes = `${embeddings.length} values are not ${labels.length} embeddings of ${dimension}`;
    throw new PlumageError("bad-input", sizes);
  }
  const { queries } = sets;
  const meter = new RetrievalMeter(labels, sets);
  const k = Math.min(resultNeighbors, meter.needed);
  const indices = new Int32Array(queries.length * k);
  const scores = new Float32Array(queries.length * k);
  const openSet = withOpenSet ? new OpenSetMeter(labels) : undefined;
  const calibration = withOpenSet ? new CalibrationMeter(labels, queries.length) : undefined;
  // Without those of the query's class, enough neighbors must remain.
  const depth = withOpenSet ? meter.largest + calibrationDepth : 0;
  let row = 0;
  const options = {
    embeddings,
    dimension,
    ...sets,
    k: Math.max(meter.needed, Math.min(depth, maxNeighbors(sets))),
    similarity,
    provider,
    ...(openSet ? { onPair: openSet.addPair.bind(openSet) } : {}),
  };
  for await (const found of meter.needed > 0 ? search(options) : []) {
    meter.add(found.query, found.indices);
    openSet?.add(found.query, found.indices, found.scores, meter.hasMatch(found.query));
    calibration?.add(found.query, found.indices, found.scores);
    indices.set(found.indices.subarray(0, k), row * k);
    scores.set(found.scores.subarray(0, k), row * k);
    row++;
  }
  return {
    ...meter.result(),
    neighbors: { queries, k, indices, scores },
    openSet: openSet?.result(),
    calibration: calibration?.result(),
  };
}

/** Numbers the labels of items by first appearance. */
export function classNumbers(items: readonly { readonly label: string }[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(items, ({ label }) => {
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    return number;
  });
}
