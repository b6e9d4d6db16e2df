/**
 * CUB-200-2011: 11,788 photographs of 200 kinds of birds, each with a box; the first 100 kinds are
 * learned, the others held out.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Attribution, Item } from "@plumage/models";
import { usableImages } from "../checks/usableImages.ts";
import type { Dataset } from "../dataset.ts";
import { itemIds } from "../itemIds.ts";
import { classHalves } from "../split.ts";
import { readCubAnnotations } from "./annotations.ts";
import { downloadedCub } from "./archive.ts";

const attribution: Attribution = {
  source: "cub-200-2011",
  title: "Caltech-UCSD Birds-200-2011, technical report CNS-TR-2011-001",
  author: "C. Wah, S. Branson, P. Welinder, P. Perona, S. Belongie; the photographers on Flickr",
  licence: "for non-commercial research and education; the photographs are their owners'",
  url: "https://data.caltech.edu/records/65de6-vp158",
};

export const cub: Dataset = {
  title: "Caltech-UCSD Birds-200-2011",
  takes: ["root", "crop", "strict"],
  async prepare(context) {
    const { root, crop } = context.options;
    const folder = root ? folderOf(root) : await downloadedCub(context);
    const items = await cubItems(folder, crop);
    return {
      info: {
        name: "cub",
        title: cub.title,
        description: `Photographs of birds, ${crop ? "cropped to their boxes" : "uncropped"}; the first half of the classes is trained on.`,
        attributions: [attribution],
      },
      items: await usableImages(items, join(folder, "images"), context),
    };
  },
};

/** People name the folder that they unpacked, or the one that they unpacked into. */
function folderOf(root: string): string {
  const inner = join(root, "CUB_200_2011");
  return existsSync(join(inner, "images.txt")) ? inner : root;
}

/**
 * The data set's items, in the order of images.txt and split by class as the tutorial does; the
 * images are not looked at.
 */
export async function cubItems(folder: string, crop: boolean): Promise<Item[]> {
  const images = await readCubAnnotations(folder);
  const ids = itemIds(images.map(({ file }) => file));
  // Class numbers, not places in images.txt: another order of the images would give other halves.
  const byNumber = images.toSorted((a, b) => a.classId - b.classId);
  const splitOf = classHalves(byNumber.map(({ className }) => className));
  return images.map(({ file, className, box }, i) => ({
    id: ids[i]!,
    path: join(folder, "images", ...file.split("/")),
    label: titleOf(className),
    split: splitOf(className),
    source: attribution.source,
    ...(crop ? { box } : {}),
  }));
}

/**
 * "001.Black_footed_Albatross" as people write it, with its number: names are not promised to
 * differ.
 */
const titleOf = (className: string): string => className.replaceAll("_", " ");
