/** Images listed in a table: path, label, and optionally a box to crop to and a split. */
import { basename, dirname } from "node:path";
import { type Item, PlumageError } from "@plumage/models";
import { readTableItems, type TableItem } from "@plumage/models/node";
import { checkImages } from "../checks/checkImages.ts";
import type { Dataset } from "../dataset.ts";
import { splitByClass } from "../split.ts";

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
    const listed = await readTableItems(file, { root, labels: "required" });
    return {
      info: {
        name: "csv",
        title: basename(file),
        description: listed[0]!.split
          ? "A table of images with its own split."
          : "A table of images; the first half of the classes, by name, is for training.",
        attributions: [],
      },
      items: await checkImages(splitItems(listed, crop), root, context),
    };
  },
};

function splitItems(listed: readonly TableItem[], crop: boolean): Item[] {
  const splitOf = splitByClass(listed.map(({ label }) => label).sort());
  return listed.map(({ box, split, ...item }) => ({
    ...item,
    split: split ?? splitOf(item.label),
    ...(crop && box ? { box } : {}),
  }));
}
