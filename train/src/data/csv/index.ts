/** Images listed in a table: path, label, and optionally a box to crop to and a split. */
import { basename, dirname, relative } from "node:path";
import { type Item, PlumageError } from "@plumage/models";
import { checkImages } from "../checks/checkImages.ts";
import type { Dataset } from "../dataset.ts";
import { storedPaths } from "../files/storedPath.ts";
import { readTableText } from "../files/tableText.ts";
import { itemIds } from "../itemIds.ts";
import { splitByClass } from "../split.ts";
import { type ImageRow, readImageTable } from "./table.ts";

export const csv: Dataset = {
  title: "Images in a table",
  takes: ["csv", "root", "crop", "strict"],
  async prepare(context) {
    const { csv: file, crop, root = file && dirname(file) } = context.options;
    if (!file || !root) {
      throw new PlumageError(
        "bad-input",
        'the data set "csv" requires --csv',
        "add --csv FILE, a table with the columns path and label",
      );
    }
    const rows = readImageTable(await readTableText(file, "check --csv"), file);
    if (rows.length === 0) throw new PlumageError("bad-file", `${file} lists no images`);
    const hasSplit = rows[0]!.split !== undefined;
    return {
      info: {
        name: "csv",
        title: basename(file),
        description: hasSplit
          ? "A table of images with its own split."
          : "A table of images; the first half of the classes, by name, is for training.",
        attributions: [],
      },
      items: await checkImages(tableItems(rows, root, crop), root, context),
    };
  },
};

function tableItems(rows: readonly ImageRow[], root: string, crop: boolean): Item[] {
  const splitOf = splitByClass(rows.map(({ label }) => label).sort());
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
    ...(split ?? { split: splitOf(label) }),
    ...(crop && box ? { box } : {}),
  }));
}
