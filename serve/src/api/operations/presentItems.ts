/** Items of an earlier state of the gallery, as they are now. */
import { type Collection, maxPageBytes } from "../../collection/collection.ts";
import type { CollectionItem } from "../../collection/item.ts";
import type { ComparedItem } from "../../neighbors/comparedGallery.ts";

const itemsPerRead = 50;

/** An item, and what it was read for. */
export interface PresentItem<Wanted> {
  readonly item: CollectionItem;
  readonly wanted: Wanted;
}

/**
 * Reads items in order, without those that have been removed or replaced.
 *
 * @returns how many of the items were looked for: fewer if their metadata exceeds `maxPageBytes`,
 *   but at least one
 */
export async function presentItems<Wanted extends ComparedItem>(
  collection: Pick<Collection, "items">,
  wanted: readonly Wanted[],
): Promise<{ present: PresentItem<Wanted>[]; looked: number }> {
  const present: PresentItem<Wanted>[] = [];
  let bytes = 0;
  for (let start = 0; start < wanted.length; start += itemsPerRead) {
    const part = wanted.slice(start, start + itemsPerRead);
    const found = await collection.items(part.map(({ id }) => id));
    const byKey = new Map(found.map((item) => [item.key, item]));
    for (const [at, each] of part.entries()) {
      const item = byKey.get(each.key);
      if (!item) continue;
      bytes += Buffer.byteLength(JSON.stringify(item.metadata));
      if (bytes > maxPageBytes && present.length > 0) return { present, looked: start + at };
      present.push({ item, wanted: each });
    }
  }
  return { present, looked: wanted.length };
}
