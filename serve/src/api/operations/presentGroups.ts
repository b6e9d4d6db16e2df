/** Groups of duplicates as they are now, each with its best image first. */
import type { CopyGroup } from "@plumage/models";
import pLimit from "p-limit";
import type { Collection } from "../../collection/collection.ts";
import type { CollectionItem } from "../../collection/item.ts";
import { headerSize, type Size } from "../../images/headerSize.ts";
import type { ComparedGallery } from "../../neighbors/comparedGallery.ts";
import { type Duplicate, duplicatesOf } from "../../neighbors/duplicates.ts";
import { presentItems } from "./presentItems.ts";

/** Files that one request reads at a time. */
const filesAtOnce = 4;

export interface PresentDuplicate {
  readonly item: CollectionItem;
  readonly score: number;
  /** Of the image, or of the item's box; undefined if the file is gone or does not tell. */
  readonly size: Size | undefined;
}

export interface PresentGroup {
  /** Position in the list of groups. */
  readonly rank: number;
  /** Two or more, the best first. */
  readonly duplicates: readonly PresentDuplicate[];
}

/**
 * The groups from a rank on, without the items that have been removed or replaced, and without
 * groups of which fewer than two are left. The best has most pixels, and among equal ones the
 * largest file: what was compressed more shows less.
 *
 * @param signal stops between two reads
 */
export async function* presentGroups(
  collection: Pick<Collection, "items" | "image">,
  gallery: ComparedGallery,
  groups: readonly CopyGroup[],
  first: number,
  signal: AbortSignal,
): AsyncGenerator<PresentGroup, void, undefined> {
  const limit = pLimit(filesAtOnce);
  for (let rank = first; rank < groups.length; rank++) {
    const found = await everyPresent(collection, duplicatesOf(groups[rank]!, gallery), signal);
    if (found.length < 2) continue;
    const duplicates = await limit.map(found, async ({ item, score }) => {
      signal.throwIfAborted();
      return { item, score, size: await sizeOf(collection, item) };
    });
    yield { rank, duplicates: duplicates.sort(byQuality) };
  }
}

async function everyPresent(
  collection: Pick<Collection, "items">,
  duplicates: readonly Duplicate[],
  signal: AbortSignal,
): Promise<{ item: CollectionItem; score: number }[]> {
  const all: { item: CollectionItem; score: number }[] = [];
  for (let at = 0; at < duplicates.length; ) {
    signal.throwIfAborted();
    const { present, looked } = await presentItems(collection, duplicates.slice(at));
    // Answers leave the metadata of duplicates out: a group may have thousands.
    for (const { item, wanted } of present)
      all.push({ item: { ...item, metadata: {} }, score: wanted.score });
    at += looked;
  }
  return all;
}

async function sizeOf(
  collection: Pick<Collection, "image">,
  item: CollectionItem,
): Promise<Size | undefined> {
  if (item.box) return item.box;
  const file = await collection.image(item);
  return file && headerSize(file);
}

const pixelsOf = ({ size }: PresentDuplicate) => (size ? size.width * size.height : 0);

const byQuality = (a: PresentDuplicate, b: PresentDuplicate) =>
  pixelsOf(b) - pixelsOf(a) || b.item.bytes - a.item.bytes || a.item.key - b.item.key;
