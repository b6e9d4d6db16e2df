/** Items and results as JSON. */
import type { CollectionItem } from "../../collection/item.ts";
import type { JudgedItem } from "../operations/nearestJudged.ts";
import type { LinkTarget } from "./context.ts";

export function itemJson(
  { id, label, source, metadata }: CollectionItem,
  { prefix, query }: LinkTarget,
) {
  const path = `${prefix}/items/${encodeURIComponent(id)}`;
  return {
    id,
    label,
    ...(source ? { source } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    thumbnail: `${path}/thumbnail${query}`,
    image: `${path}/image${query}`,
  };
}

export const resultsJson = (ranked: readonly JudgedItem[], links: LinkTarget) =>
  ranked.map(({ item, score, confidence }) => ({
    ...itemJson(item, links),
    score,
    ...(confidence === undefined ? {} : { confidence }),
  }));
