/** Images in folders, a class per directory. */
import { basename, join } from "node:path";
import { PlumageError } from "@plumage/models";
import { usableImages } from "../checks/usableImages.ts";
import type { Dataset } from "../dataset.ts";
import { itemIds } from "../itemIds.ts";
import { classHalves } from "../split.ts";
import { filesBelow } from "./files.ts";
import { isImageName } from "./imageNames.ts";

/** Names that are shown. */
const shown = 5;

export const folder: Dataset = {
  title: "Images in folders",
  takes: ["root", "depth", "strict"],
  async prepare(context) {
    const { root, depth = 1 } = context.options;
    if (!root)
      throw new PlumageError(
        "bad-input",
        'the data set "folder" needs --root',
        "--root FOLDER, one folder a class in it",
      );
    const images: { file: string; label: string }[] = [];
    const others = {
      "outside of a class": [] as string[],
      "no images by their names": [] as string[],
    };
    for (const file of await filesBelow(root)) {
      const folders = file.split("/").slice(0, -1);
      if (!isImageName(file)) others["no images by their names"].push(file);
      else if (folders.length < depth) others["outside of a class"].push(file);
      else images.push({ file, label: folders.slice(0, depth).join("/") });
    }
    for (const [what, files] of Object.entries(others)) {
      if (files.length === 0) continue;
      const more = files.length > shown ? ", ..." : "";
      context.print(
        `left out, ${what}: ${files.length} (${files.slice(0, shown).join(", ")}${more})`,
      );
    }
    if (images.length === 0) {
      const hint =
        depth === 1 ? "it wants a folder for each class, with images in it" : "try another --depth";
      throw new PlumageError(
        "bad-file",
        `${root} has no images ${depth} folder${depth > 1 ? "s" : ""} down`,
        hint,
      );
    }
    const splitOf = classHalves(images.map(({ label }) => label));
    const ids = itemIds(images.map(({ file }) => file));
    const items = images.map(({ file, label }, i) => {
      return { id: ids[i]!, path: join(root, file), label, split: splitOf(label) };
    });
    return {
      info: {
        name: "folder",
        title: basename(root),
        description:
          "A class per directory; the first half of the classes, by name, is trained on.",
        attributions: [],
      },
      items: await usableImages(items, root, context),
    };
  },
};
