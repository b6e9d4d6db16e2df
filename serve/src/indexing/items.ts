/** What to index: the items of a data set as training left them, or the images in a folder. */
import { readdir } from "node:fs/promises";
import { dirname, extname, join, relative, resolve, sep } from "node:path";
import { type Item, PlumageError } from "@plumage/models";

const extensions = new Set([".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"]);

/**
 * Every image below a folder. Its label is the folder that it lies in: a class for each directory;
 * its id is its path.
 *
 * @throws PlumageError "bad-file" if the folder cannot be read or holds no images
 */
export async function folderItems(folder: string): Promise<Item[]> {
  const root = resolve(folder);
  const names = await readdir(root, { recursive: true }).catch((cause) => {
    throw new PlumageError("bad-file", `${folder} cannot be read`, "give a folder of images", {
      cause,
    });
  });
  const images = names.filter((name) => extensions.has(extname(name).toLowerCase())).sort();
  if (images.length === 0) {
    throw new PlumageError(
      "bad-file",
      `${folder} holds no images`,
      `known are ${[...extensions].join(" ")}`,
    );
  }
  return images.map((name) => {
    const path = join(root, name);
    const inside = relative(root, dirname(path));
    return {
      id: name.split(sep).join("~"),
      path,
      label: inside === "" ? "unlabeled" : inside.split(sep).join("/"),
      split: "test",
    };
  });
}
