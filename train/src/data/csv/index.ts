/** Images listed in a table: path, label, and if wanted the box to crop to and the split. */
import { basename, dirname, relative, resolve } from "node:path";
import { type Item, PlumageError } from "@plumage/models";
import { readText } from "@plumage/models/node";
import { usableImages } from "../checks/usableImages.ts";
import type { Dataset } from "../dataset.ts";
import { itemIds } from "../itemIds.ts";
import { classHalves } from "../split.ts";
import { imageRows } from "./table.ts";

export const csv: Dataset = {
  title: "Images in a table",
  takes: ["csv", "root", "crop", "strict"],
  async prepare(context) {
    const { csv: file, crop } = context.options;
    if (!file)
      throw new PlumageError(
        "bad-input",
        'the data set "csv" needs --csv',
        "--csv FILE, with the columns path and label",
      );
    const root = context.options.root ?? dirname(file);
    const rows = imageRows(await readText(file, "see --csv"), file);
    if (rows.length === 0) throw new PlumageError("bad-file", `${file} lists no image`);
    const halves = classHalves(rows.map(({ label }) => label).sort());
    const paths = rows.map(({ path }) => resolve(root, path));
    // One image may hold several things, a row for each: the row's number is part of its id then.
    const uses = new Map<string, number>();
    const names = paths.map((path) => {
      const use = uses.get(path) ?? 0;
      uses.set(path, use + 1);
      return `${relative(root, path)}${use > 0 ? `.${use + 1}` : ""}`;
    });
    const ids = itemIds(names);
    const items = rows.map(({ label, box, split }, i): Item => {
      const kept = crop && box ? { box } : {};
      return {
        id: ids[i]!,
        path: paths[i]!,
        label,
        ...(split ?? { split: halves(label) }),
        ...kept,
      };
    });
    const given = rows[0]!.split !== undefined;
    return {
      info: {
        name: "csv",
        title: basename(file),
        description: given
          ? "A table of images, with its own split."
          : "A table of images; the first half of the classes, by name, is trained on.",
        attributions: [],
      },
      items: await usableImages(items, root, context),
    };
  },
};
