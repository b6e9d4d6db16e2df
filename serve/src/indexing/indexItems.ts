/** Synchronizes a collection with a list of items; uploaded items are not affected. */
import { readFile, stat } from "node:fs/promises";
import type { Item } from "@plumage/models";
import { progress } from "@plumage/models/cli";
import type { Collection } from "../collection/collection.ts";
import type { CollectionItem, NewItem } from "../collection/item.ts";
import type { Model } from "../embedder/model.ts";

export interface IndexResult {
  readonly embedded: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly skipped: readonly Skipped[];
}

/** An image that cannot be indexed. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

/** An item whose file is new or has changed since it was embedded. */
interface ChangedItem {
  readonly item: Item;
  readonly bytes: number;
  readonly modified: number;
}

/** Images per transaction: some are decoded while others are embedded. */
const batchSize = 32;
/** Items looked up in the collection at a time. */
const lookupSize = 500;

/**
 * Embeds new and changed items and removes missing ones. An interrupted run leaves complete items,
 * and the next one continues from there.
 *
 * @returns undefined if the signal stopped it
 */
export async function indexItems(
  collection: Collection,
  model: Pick<Model, "reader" | "embedder">,
  items: readonly Item[],
  signal: AbortSignal,
): Promise<IndexResult | undefined> {
  const { changed, missing, unchanged } = await findChanges(collection, items, signal);
  const unreadable: Skipped[] = [];
  const bar = progress("embedding", items.length, "images", unchanged + missing.length);
  for (let start = 0; start < changed.length && !signal.aborted; start += batchSize) {
    const batch = changed.slice(start, start + batchSize);
    const embedded = await Promise.all(batch.map((each) => embedItem(each, model, unreadable)));
    await collection.put(embedded.filter((item) => item !== undefined));
    bar.advance(batch.length);
  }
  bar.finish();
  if (signal.aborted) return undefined;
  const skipped = [...missing, ...unreadable];
  return {
    embedded: changed.length - unreadable.length,
    unchanged,
    removed: await removeOthers(collection, items, skipped),
    skipped,
  };
}

async function findChanges(collection: Collection, items: readonly Item[], signal: AbortSignal) {
  const changed: ChangedItem[] = [];
  const missing: Skipped[] = [];
  let unchanged = 0;
  for (let start = 0; start < items.length && !signal.aborted; start += lookupSize) {
    const part = items.slice(start, start + lookupSize);
    const stored = await collection.items(part.map(({ id }) => id));
    const known = new Map(stored.map((item) => [item.id, item]));
    for (const item of part) {
      const file = await stat(item.path).catch(() => undefined);
      if (!file) {
        missing.push({ path: item.path, reason: "the file is missing" });
        continue;
      }
      const current = { item, bytes: file.size, modified: file.mtimeMs };
      if (isUnchanged(known.get(item.id), current)) unchanged++;
      else changed.push(current);
    }
  }
  return { changed, missing, unchanged };
}

const isUnchanged = (
  known: CollectionItem | undefined,
  { item, bytes, modified }: ChangedItem,
): boolean =>
  known !== undefined &&
  known.path === item.path &&
  known.label === item.label &&
  known.source === item.source &&
  known.bytes === bytes &&
  known.modified === modified &&
  JSON.stringify(known.box) === JSON.stringify(item.box);

/** @returns undefined for an image that cannot be embedded, which it adds to `unreadable` */
async function embedItem(
  { item, bytes, modified }: ChangedItem,
  { reader, embedder }: Pick<Model, "reader" | "embedder">,
  unreadable: Skipped[],
): Promise<NewItem | undefined> {
  const { id, path, label, box, source } = item;
  try {
    const { pixels } = await reader.read(await readFile(path), box);
    const { embedding } = await embedder.embed(pixels);
    const image = { path };
    return { id, label, image, box, source, metadata: {}, bytes, modified, embedding };
  } catch (error) {
    unreadable.push({ path, reason: (error as Error).message });
    return undefined;
  }
}

/** Removes indexed items that are not listed or cannot be read. */
async function removeOthers(
  collection: Collection,
  items: readonly Item[],
  skipped: readonly Skipped[],
): Promise<number> {
  const skippedPaths = new Set(skipped.map(({ path }) => path));
  const present = new Set(items.filter(({ path }) => !skippedPaths.has(path)).map(({ id }) => id));
  const others = (await collection.indexedIds()).filter((id) => !present.has(id));
  await collection.remove(others);
  return others.length;
}
