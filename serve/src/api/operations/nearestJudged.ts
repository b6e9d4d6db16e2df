/** Nearest items, with the probability that they are of the query's class. */
import { confidences, PlumageError } from "@plumage/models";
import {
  type Collection,
  type NearestOptions,
  type RankedItem,
  selectResults,
} from "../../collection/collection.ts";
import type { Model } from "../../embedder/model.ts";

export interface JudgedItem extends RankedItem {
  /** Undefined if the model is not calibrated, or the query is a text. */
  readonly confidence?: number;
}

export interface JudgedOptions extends NearestOptions {
  /** Lowest confidence of a result. */
  readonly minConfidence?: number;
  /** Whether the query is a text: calibrations are of images. */
  readonly isText?: boolean;
}

/**
 * The k nearest items that pass the filter, best first. Confidences compare the items that pass it,
 * as many as the calibration looks at, whatever k and the lowest score are.
 *
 * @param embedding of unit length
 * @throws PlumageError "bad-input" for a minConfidence if results have no confidence
 */
export async function nearestJudged(
  embedding: Float32Array,
  { collection, embedder }: Pick<Model, "embedder"> & { readonly collection: Collection },
  { minConfidence, isText = false, ...options }: JudgedOptions,
): Promise<JudgedItem[]> {
  const { calibration } = embedder.manifest;
  if (!calibration || isText) {
    if (minConfidence !== undefined)
      throw new PlumageError(
        "bad-input",
        isText
          ? "minConfidence: results of a text have no confidence"
          : "minConfidence: the model is not calibrated",
        isText ? "use minScore" : "use minScore, or export the model again and restart the server",
      );
    return collection.nearest(embedding, options);
  }
  const { minScore, ...unlimited } = options;
  const depth = Math.max(options.k, calibration.depth);
  const ranked = await collection.nearest(embedding, { ...unlimited, k: depth });
  const judged = confidences(
    ranked.map(({ item: { label }, score }) => ({ label, score })),
    calibration,
  ).map((confidence, rank) => ({ ...ranked[rank]!, confidence }));
  return selectResults(judged, options).filter(
    ({ confidence }) => confidence >= (minConfidence ?? 0),
  );
}
