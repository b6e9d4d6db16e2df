/** Items and results as JSON. */
import type { CollectionItem } from "../../collection/item.ts";
import type { JudgedItem } from "../operations/nearestJudged.ts";

/** @param prefix of the links */
export function itemJson({ id, label, source, metadata }: CollectionItem, prefix: string) {
  const path = `${prefix}/items/${encodeURIComponent(id)}`;
  return {
    id,
    label,
    ...(source ? { source } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    thumbnail: `${path}/thumbnail`,
    image: `${path}/image`,
  };
}

/** @param prefix of the links */
export const resultsJson = (ranked: readonly JudgedItem[], prefix: string) =>
  ranked.map(({ item, score, confidence }) => ({
    ...itemJson(item, prefix),
    score,
    ...(confidence === undefined ? {} : { confidence }),
  }));
