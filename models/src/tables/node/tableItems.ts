/** The images that a table lists, as items. */
import { dirname, relative } from "node:path";
import { PlumageError } from "../../errors.ts";
import type { Item } from "../../store/item.ts";
import { type LabelColumn, readImageTable } from "./imageTable.ts";
import { itemIds } from "./itemIds.ts";
import { storedPaths } from "./storedPath.ts";
import { readTableText } from "./tableText.ts";

/** An item, whose table may leave the split open. */
export type TableItem = Omit<Item, "split"> & Partial<Pick<Item, "split">>;

export interface TableOptions {
  /** Folder that relative paths count from. Default: the table's. */
  readonly root?: string | undefined;
  readonly labels: LabelColumn;
}

/**
 * Reads a table of images. Files are not looked at.
 *
 * @returns items with ids that are unique and depend on the paths below the root alone
 * @throws PlumageError "bad-file" for a table that cannot be read, or lists no images
 */
export async function readTableItems(
  file: string,
  { root = dirname(file), labels }: TableOptions,
): Promise<TableItem[]> {
  const rows = readImageTable(await readTableText(file, "check --csv"), file, labels);
  if (rows.length === 0) throw new PlumageError("bad-file", `${file} lists no images`);
  const pathOf = storedPaths(root);
  const paths = rows.map(({ path }) => pathOf(path));
  // An image with several objects has a row for each; their ids are numbered.
  const uses = new Map<string, number>();
  const names = paths.map((path) => {
    const use = (uses.get(path) ?? 0) + 1;
    uses.set(path, use);
    return `${relative(root, path)}${use > 1 ? `.${use}` : ""}`;
  });
  const ids = itemIds(names);
  return rows.map(({ label, box, split }, i) => ({
    id: ids[i]!,
    path: paths[i]!,
    label,
    ...split,
    ...(box ? { box } : {}),
  }));
}
