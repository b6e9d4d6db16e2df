/**
 * Brings a collection in line with a list of items: embeds what is new or changed, removes what is
 * gone. What was uploaded stays.
 */
import { readFile, stat } from "node:fs/promises";
import type { Item } from "@plumage/models";
import { progress } from "@plumage/models/cli";
import type { Collection } from "../collection/collection.ts";
import type { CollectionItem, NewItem } from "../collection/item.ts";
import type { Embedder } from "../embedder/embedder.ts";
import type { ImageReader } from "../images/imageReader.ts";

export interface IndexResult {
  readonly embedded: number;
  readonly unchanged: number;
  readonly removed: number;
  /** Images that cannot be read, and why. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** Images in work at a time: some are decoded while others are embedded. */
const inWork = 32;
/** Items that are looked up at a time. */
const looked = 500;

const same = (known: CollectionItem, item: Item, bytes: number, modified: number): boolean =>
  known.path === item.path &&
  known.label === item.label &&
  known.source === item.source &&
  known.bytes === bytes &&
  known.modified === modified &&
  JSON.stringify(known.box) === JSON.stringify(item.box);

/**
 * Interrupted, it leaves a collection of whole items and goes on from there the next time.
 *
 * @returns what was done; undefined if the signal stopped it
 */
export async function indexItems(
  collection: Collection,
  { embedder, reader }: { readonly embedder: Embedder; readonly reader: ImageReader },
  items: readonly Item[],
  signal: AbortSignal,
): Promise<IndexResult | undefined> {
  const skipped: { path: string; reason: string }[] = [];
  const changed: { item: Item; bytes: number; modified: number }[] = [];
  let unchanged = 0;
  for (let start = 0; start < items.length && !signal.aborted; start += looked) {
    const part = items.slice(start, start + looked);
    const known = new Map(
      (await collection.items(part.map(({ id }) => id))).map((item) => [item.id, item]),
    );
    for (const item of part) {
      const file = await stat(item.path).catch(() => undefined);
      const before = known.get(item.id);
      if (!file) skipped.push({ path: item.path, reason: "the file is missing" });
      else if (before && same(before, item, file.size, file.mtimeMs)) unchanged++;
      else changed.push({ item, bytes: file.size, modified: file.mtimeMs });
    }
  }
  const missing = skipped.length;
  const bar = progress("embedding", items.length, "images", unchanged + missing);
  for (let start = 0; start < changed.length && !signal.aborted; start += inWork) {
    const part = changed.slice(start, start + inWork);
    const done = await Promise.all(
      part.map(async ({ item, bytes, modified }): Promise<NewItem | undefined> => {
        try {
          const { pixels } = await reader.read(await readFile(item.path), item.box);
          const { embedding } = await embedder.embed(pixels);
          const { id, label, path, box, source } = item;
          return {
            id,
            label,
            image: { path },
            box,
            source,
            metadata: {},
            bytes,
            modified,
            embedding,
          };
        } catch (error) {
          skipped.push({ path: item.path, reason: (error as Error).message });
          return undefined;
        }
      }),
    );
    await collection.put(done.filter((item) => item !== undefined));
    bar.advance(part.length);
  }
  bar.finish();
  if (signal.aborted) return undefined;
  const readable = new Set(items.map((item) => item.id));
  const unreadable = new Set(skipped.map(({ path }) => path));
  for (const item of items) if (unreadable.has(item.path)) readable.delete(item.id);
  const gone = (await collection.indexedIds()).filter((id) => !readable.has(id));
  await collection.remove(gone);
  return {
    embedded: changed.length - (skipped.length - missing),
    unchanged,
    removed: gone.length,
    skipped,
  };
}
