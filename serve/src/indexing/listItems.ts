/** Lists what `npm run index` is to index: a folder, or a part of the model's data set. */
import { basename } from "node:path";
import { runHint } from "@plumage/models";
import { readItems } from "@plumage/models/node";
import { folderItems } from "./folderItems.ts";
import type { Listing } from "./listing.ts";

export interface Selection {
  /** A folder; undefined for the data set. */
  readonly from: string | undefined;
  /** The part of the data set, or "all". */
  readonly split: string;
  /** Number of items. */
  readonly limit: number | undefined;
}

/**
 * @param folder models/store/<name>
 * @throws PlumageError "bad-file" for a folder without images, or a missing data set
 */
export async function listItems(
  folder: string,
  { from, split, limit }: Selection,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<Listing> {
  if (from) {
    const { items, unread } = await folderItems(from, print, signal);
    return { items: items.slice(0, limit), unread };
  }
  // An imported model need not have a data set.
  const hint = `${runHint("train", basename(folder))}, or add --from FOLDER`;
  const all = await readItems(folder, hint);
  const items = all.filter((item) => split === "all" || item.split === split);
  return { items: items.slice(0, limit), unread: [] };
}
