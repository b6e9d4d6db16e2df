/** Nearest items that differ from each other. */
import { setImmediate } from "node:timers/promises";
import { diversify } from "@plumage/models";
import type { Collection } from "../../collection/collection.ts";
import type { Model } from "../../embedder/model.ts";
import { type JudgedItem, type JudgedOptions, nearestJudged } from "./nearestJudged.ts";

export interface DiverseOptions extends JudgedOptions {
  /** See `diversify`; 0 returns the nearest, whatever they resemble. */
  readonly diversity: number;
}

/** Nearest items to choose from: at least so many, or so many for each result. */
const candidates = { least: 200, perResult: 5 } as const;

/**
 * k of the nearest items that pass the filter, in the order of `diversify`. Scores and confidences
 * are those of a search without diversity.
 *
 * @param embedding of unit length
 * @throws PlumageError as `nearestJudged` does
 */
export async function nearestDiverse(
  embedding: Float32Array,
  context: Pick<Model, "embedder"> & { readonly collection: Collection },
  { diversity, k, ...options }: DiverseOptions,
): Promise<JudgedItem[]> {
  if (diversity === 0) return nearestJudged(embedding, context, { ...options, k });
  const count = Math.max(candidates.least, candidates.perResult * k);
  const near = await nearestJudged(embedding, context, { ...options, k: count });
  const stored = await context.collection.embeddings(near.map(({ item }) => item.id));
  // An item may have been deleted since the search.
  const known = near.flatMap((judged, rank) => {
    const embedding = stored[rank];
    return embedding ? [{ judged, score: judged.score, embedding }] : [];
  });
  const picked: JudgedItem[] = [];
  for (const at of diversify(known, diversity)) {
    picked.push(known[at]!.judged);
    if (picked.length === k) break;
    // A step compares with hundreds of candidates: other requests get their turn.
    await setImmediate();
  }
  return picked;
}
