/** Images in folders, one folder per class. */
import { basename, join } from "node:path";
import { PlumageError } from "@plumage/models";
import { describeLeftOut, findImages, itemIds, skippedLine } from "@plumage/models/node";
import { checkImages } from "../checks/checkImages.ts";
import type { Dataset } from "../dataset.ts";
import { splitByClass } from "../split.ts";

export const folder: Dataset = {
  title: "Images in folders",
  takes: ["root", "depth", "strict"],
  async prepare(context) {
    const { root, depth = 1 } = context.options;
    if (!root) {
      throw new PlumageError(
        "bad-input",
        'the data set "folder" requires --root',
        "add --root FOLDER, which contains one folder per class",
      );
    }
    const found = await findImages(root, "check --root", context.signal);
    const { images, outsideClasses } = labelByFolder(found.images, depth);
    if (outsideClasses.length > 0)
      context.print(skippedLine("files outside of a class folder", outsideClasses));
    for (const line of describeLeftOut(found.leftOut)) context.print(line);
    if (images.length === 0) {
      throw new PlumageError(
        "bad-file",
        `${root} has no images ${depth} folder${depth > 1 ? "s" : ""} down`,
        depth === 1 ? "put the images of each class into a folder" : "try another --depth",
      );
    }
    const splitOf = splitByClass(images.map(({ label }) => label));
    const ids = itemIds(images.map(({ file }) => file));
    const items = images.map(({ file, label }, i) => {
      return { id: ids[i]!, path: join(root, file), label, split: splitOf(label) };
    });
    return {
      info: {
        name: "folder",
        title: basename(root),
        description:
          "One folder per class; the first half of the classes, by name, is for training.",
        attributions: [],
      },
      items: await checkImages(items, root, context),
    };
  },
};

interface LabeledFiles {
  readonly images: { readonly file: string; readonly label: string }[];
  readonly outsideClasses: string[];
}

/**
 * Labels each image with its first `depth` folders, composed (NFC): macOS stores the same name
 * decomposed.
 */
function labelByFolder(files: readonly string[], depth: number): LabeledFiles {
  const labeled: LabeledFiles = { images: [], outsideClasses: [] };
  for (const file of files) {
    const folders = file.split("/").slice(0, -1);
    if (folders.length < depth) labeled.outsideClasses.push(file);
    else labeled.images.push({ file, label: folders.slice(0, depth).join("/").normalize("NFC") });
  }
  return labeled;
}
