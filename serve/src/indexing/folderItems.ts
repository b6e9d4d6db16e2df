/** Lists the images of a folder as items to index. */
import { readdir } from "node:fs/promises";
import { dirname, extname, join, relative, resolve, sep } from "node:path";
import { type Item, PlumageError } from "@plumage/models";

const extensions = new Set([".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"]);

/**
 * Every image in a folder and its subfolders. An image's label is its subfolder, its id its path.
 *
 * @throws PlumageError "bad-file" for a folder that cannot be read or has no images
 */
export async function folderItems(folder: string): Promise<Item[]> {
  const root = resolve(folder);
  const names = await readdir(root, { recursive: true }).catch((cause) => {
    throw new PlumageError("bad-file", `${folder} cannot be read`, "choose a folder of images", {
      cause,
    });
  });
  const images = names.filter((name) => extensions.has(extname(name).toLowerCase())).sort();
  if (images.length === 0) {
    throw new PlumageError(
      "bad-file",
      `${folder} contains no images`,
      `supported extensions: ${[...extensions].join(" ")}`,
    );
  }
  return images.map((name) => {
    const path = join(root, name);
    const subfolder = relative(root, dirname(path));
    return {
      id: name.split(sep).join("~"),
      path,
      label: subfolder === "" ? "unlabeled" : subfolder.split(sep).join("/"),
      split: "test",
    };
  });
}
