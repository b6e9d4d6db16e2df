/** Synchronizes a collection with a list of items; uploaded items are not affected. */
import { progress } from "@plumage/models/cli";
import type { Collection } from "../collection/collection.ts";
import { openRegularFile, readWhole } from "../collection/imageFile.ts";
import type { NewItem } from "../collection/item.ts";
import type { Model } from "../embedder/model.ts";
import { type ChangedItem, findChanges, lookupSize } from "./findChanges.ts";
import { isUnread, type Listing, type Skipped } from "./listing.ts";
import { notAFile, readFailure } from "./readFailure.ts";
import { everything, type IndexRules } from "./rules.ts";

export interface IndexResult {
  readonly embedded: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly skipped: readonly Skipped[];
  /** Items that were indexed before, and whose images cannot be read now. */
  readonly kept: number;
}

/** Images per transaction: some are decoded while others are embedded. */
const batchSize = 32;

/**
 * Embeds new and changed items and removes missing ones. An interrupted run leaves complete items,
 * and the next one continues from there.
 *
 * @param rules which items it may change
 * @returns undefined if the signal stopped it
 * @throws PlumageError "bad-file" if not one of the files exists
 */
export async function indexItems(
  collection: Collection,
  model: Pick<Model, "reader" | "embedder">,
  listing: Listing,
  signal: AbortSignal,
  rules = everything,
): Promise<IndexResult | undefined> {
  const items = listing.items.filter(({ id }) => rules.owns(id));
  const found = await findChanges(collection, items, signal);
  const { unchanged, skipped } = found;
  const changed = rules.settled(found.changed);
  const unusable: Skipped[] = [];
  const total = unchanged + skipped.length + changed.length;
  const bar =
    changed.length > 0 ? progress("embedding", total, "images", total - changed.length) : undefined;
  for (let start = 0; start < changed.length && !signal.aborted; start += batchSize) {
    const batch = changed.slice(start, start + batchSize);
    const embedded = await Promise.all(batch.map((each) => embedItem(each, model, unusable)));
    await collection.put(
      embedded.filter((item) => item !== undefined),
      { keepUploads: true },
    );
    bar?.advance(batch.length);
  }
  bar?.finish();
  if (signal.aborted) return undefined;
  const allSkipped = [...skipped, ...unusable];
  return {
    embedded: changed.length - unusable.length,
    unchanged,
    skipped: allSkipped,
    ...(await removeOthers(collection, listing, allSkipped, rules)),
  };
}

/** @returns undefined for an image that cannot be embedded, which it adds to `skipped` */
async function embedItem(
  { item, path, bytes, modified }: ChangedItem,
  { reader, embedder }: Pick<Model, "reader" | "embedder">,
  skipped: Skipped[],
): Promise<NewItem | undefined> {
  const { id, label, box, source } = item;
  try {
    const file = await openRegularFile(path);
    if (!file) {
      skipped.push(notAFile(item));
      return undefined;
    }
    const { pixels } = await reader.read(await readWhole(file), { box });
    const { embedding } = await embedder.embed(pixels);
    const image = { path };
    return { id, label, image, box, source, metadata: {}, bytes, modified, embedding };
  } catch (error) {
    skipped.push(readFailure(item, error));
    return undefined;
  }
}

/** Removes indexed items that are not listed, or no longer images. */
async function removeOthers(
  collection: Collection,
  { items, unread }: Listing,
  skipped: readonly Skipped[],
  rules: IndexRules,
): Promise<Pick<IndexResult, "removed" | "kept">> {
  const indexed = await collection.indexedIds();
  const present = new Set(items.map(({ id }) => id));
  for (const { id, stays } of skipped) if (!stays) present.delete(id);
  const staying = new Set(skipped.filter(({ stays }) => stays).map(({ id }) => id));
  let kept = indexed.filter((id) => staying.has(id)).length;
  const absent = indexed.filter((id) => !present.has(id) && rules.owns(id));
  const vanished: string[] = [];
  for (let start = 0; start < absent.length; start += lookupSize) {
    const part = await collection.items(absent.slice(start, start + lookupSize));
    const gone = part.filter(({ path, uploaded }) => !uploaded && !isUnread(path, unread));
    kept += part.length - gone.length;
    vanished.push(...gone.map(({ id }) => id));
  }
  const expired = rules.expired(vanished);
  let removed = 0;
  for (let start = 0; start < expired.length; start += lookupSize) {
    const part = expired.slice(start, start + lookupSize);
    removed += await collection.remove(part, { keepUploads: true });
  }
  return { removed, kept };
}
