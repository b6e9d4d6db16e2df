/** Items and results as JSON. */
import type { RankedItem } from "../../collection/collection.ts";
import type { CollectionItem } from "../../collection/item.ts";

export function itemJson({ id, label, source, metadata }: CollectionItem) {
  const path = `/items/${encodeURIComponent(id)}`;
  return {
    id,
    label,
    ...(source ? { source } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    thumbnail: `${path}/thumbnail`,
    image: `${path}/image`,
  };
}

export const resultsJson = (ranked: readonly RankedItem[]) =>
  ranked.map(({ item, score }) => ({ ...itemJson(item), score }));
