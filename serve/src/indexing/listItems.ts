/** Lists what `npm run index` is to index: a folder, a table, or the model's data set. */
import { basename } from "node:path";
import { type Item, runHint } from "@plumage/models";
import { readItems, readTableItems } from "@plumage/models/node";
import { folderItems } from "./folderItems.ts";
import type { Listing } from "./listing.ts";

export interface Selection {
  /** A folder; undefined for a table or the data set. */
  readonly from: string | undefined;
  /** A table of images; undefined for the data set. */
  readonly csv: string | undefined;
  /** Folder that the table's paths count from; undefined for its own. */
  readonly root: string | undefined;
  /** The part of the table or the data set, or "all". */
  readonly split: string;
  /** Number of items. */
  readonly limit: number | undefined;
}

/**
 * @param folder models/store/<name>
 * @throws PlumageError "bad-file" for a folder or a table without images, or a missing data set
 */
export async function listItems(
  folder: string,
  { from, csv, root, split, limit }: Selection,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<Listing> {
  if (from) {
    const { items, unread } = await folderItems(from, print, signal);
    return { items: items.slice(0, limit), unread };
  }
  const all = csv ? await tableItems(csv, root) : await ownItems(folder);
  const items = all.filter((item) => split === "all" || item.split === split);
  return { items: items.slice(0, limit), unread: [] };
}

/** The items of a table without splits are all to be found. */
const tableItems = async (csv: string, root: string | undefined): Promise<Item[]> =>
  (await readTableItems(csv, { root, labels: "optional" })).map((item) => ({
    split: "test",
    ...item,
  }));

const ownItems = (folder: string): Promise<Item[]> =>
  // An imported model need not have a data set.
  readItems(folder, `${runHint("train", basename(folder))}, or add --from FOLDER`);
