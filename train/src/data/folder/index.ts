/** Images in folders, one folder per class. */
import { basename, join } from "node:path";
import { PlumageError } from "@plumage/models";
import { checkImages } from "../checks/checkImages.ts";
import type { Dataset } from "../dataset.ts";
import { itemIds } from "../itemIds.ts";
import { splitByClass } from "../split.ts";
import { filesBelow } from "./files.ts";
import { isImageName } from "./imageNames.ts";

const maxPrintedNames = 5;

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
    const { images, outsideClasses, notImages } = sortFiles(await filesBelow(root), depth);
    printSkipped(context.print, "outside of a class folder", outsideClasses);
    printSkipped(context.print, "without an image extension", notImages);
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

interface SortedFiles {
  readonly images: { readonly file: string; readonly label: string }[];
  readonly outsideClasses: string[];
  readonly notImages: string[];
}

/** Labels each image with its first `depth` folders. */
function sortFiles(files: readonly string[], depth: number): SortedFiles {
  const sorted: SortedFiles = { images: [], outsideClasses: [], notImages: [] };
  for (const file of files) {
    const folders = file.split("/").slice(0, -1);
    if (!isImageName(file)) sorted.notImages.push(file);
    else if (folders.length < depth) sorted.outsideClasses.push(file);
    else sorted.images.push({ file, label: folders.slice(0, depth).join("/") });
  }
  return sorted;
}

function printSkipped(print: (line: string) => void, kind: string, files: readonly string[]): void {
  if (files.length === 0) return;
  const names = files.slice(0, maxPrintedNames).join(", ");
  const more = files.length > maxPrintedNames ? ", ..." : "";
  print(`skipped files ${kind}: ${files.length} (${names}${more})`);
}
