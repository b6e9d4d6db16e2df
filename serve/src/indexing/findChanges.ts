/** Compares items and their files with what is indexed. */
import { realpath, stat } from "node:fs/promises";
import { type Item, PlumageError } from "@plumage/models";
import type { Collection } from "../collection/collection.ts";
import type { CollectionItem } from "../collection/item.ts";
import type { Skipped } from "./listing.ts";
import { notAFile, readFailure } from "./readFailure.ts";

/** An item whose file is new or has changed since it was embedded. */
export interface ChangedItem {
  readonly item: Item;
  /** The real path of its file. */
  readonly path: string;
  readonly bytes: number;
  readonly modified: number;
}

export interface Changes {
  readonly changed: readonly ChangedItem[];
  readonly unchanged: number;
  readonly skipped: readonly Skipped[];
}

/** Items looked up in the collection, or removed from it, at a time. */
export const lookupSize = 500;

/**
 * Looks at the file of every item.
 *
 * @throws PlumageError "bad-file" if not one of the files exists: a drive is not mounted
 */
export async function findChanges(
  collection: Collection,
  items: readonly Item[],
  signal: AbortSignal,
): Promise<Changes> {
  const changed: ChangedItem[] = [];
  const skipped: Skipped[] = [];
  let unchanged = 0;
  for (let start = 0; start < items.length && !signal.aborted; start += lookupSize) {
    const part = items.slice(start, start + lookupSize);
    const stored = await collection.items(part.map(({ id }) => id));
    const known = new Map(stored.map((item) => [item.id, item]));
    for (const item of part) {
      const current = await compare(item, known.get(item.id));
      if ("reason" in current) skipped.push(current);
      else if (current.isUnchanged) unchanged++;
      else changed.push(current);
    }
  }
  const missing = skipped.filter(({ stays }) => !stays).length;
  if (missing > 0 && missing === items.length) throw allMissing(items);
  return { changed, unchanged, skipped };
}

async function compare(
  item: Item,
  known: CollectionItem | undefined,
): Promise<(ChangedItem & { isUnchanged: boolean }) | Skipped> {
  if (known?.uploaded) {
    const { id, path } = item;
    return { id, path, reason: `an uploaded image has the id ${id}`, stays: true };
  }
  try {
    const path = await realpath(item.path);
    const file = await stat(path);
    if (!file.isFile()) return notAFile(item);
    const current = { item, path, bytes: file.size, modified: file.mtimeMs };
    return { ...current, isUnchanged: known !== undefined && isSame(known, current) };
  } catch (error) {
    return readFailure(item, error);
  }
}

const isSame = (known: CollectionItem, { item, path, bytes, modified }: ChangedItem): boolean =>
  known.path === path &&
  known.label === item.label &&
  known.source === item.source &&
  known.bytes === bytes &&
  known.modified === modified &&
  JSON.stringify(known.box) === JSON.stringify(item.box);

const allMissing = (items: readonly Item[]): PlumageError =>
  new PlumageError(
    "bad-file",
    `none of the ${items.length} images exists, such as ${items[0]!.path}`,
    "mount their drive, or index a folder with --from",
  );
