/**
 * CUB-200-2011: 11,788 photos of 200 bird species, each with a box. The first 100 species are for
 * training, the others for testing.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Attribution, Item } from "@plumage/models";
import { itemIds, storedPaths } from "@plumage/models/node";
import { checkImages } from "../checks/checkImages.ts";
import type { Dataset } from "../dataset.ts";
import { splitByClass } from "../split.ts";
import { readCubAnnotations } from "./annotations.ts";
import { downloadCub } from "./archive.ts";

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
    const folder = root ? annotatedFolder(root) : await downloadCub(context);
    const items = await cubItems(folder, crop);
    const framing = crop ? "cropped to their boxes" : "uncropped";
    return {
      info: {
        name: "cub",
        title: cub.title,
        description: `Photos of birds, ${framing}; the first half of the classes is for training.`,
        attributions: [attribution],
      },
      items: await checkImages(items, join(folder, "images"), context),
    };
  },
};

/** Accepts CUB_200_2011 itself or the folder that it was unpacked into. */
function annotatedFolder(root: string): string {
  const inner = join(root, "CUB_200_2011");
  return existsSync(join(inner, "images.txt")) ? inner : root;
}

/** The items in the order of images.txt, split by class as in the tutorial; images are not read. */
export async function cubItems(folder: string, crop: boolean): Promise<Item[]> {
  const images = await readCubAnnotations(folder);
  const ids = itemIds(images.map(({ file }) => file));
  // The split goes by class numbers, whatever the order of images.txt.
  const byClass = images.toSorted((a, b) => a.classId - b.classId);
  const splitOf = splitByClass(byClass.map(({ className }) => className));
  const pathOf = storedPaths(join(folder, "images"));
  return images.map(({ file, className, box }, i) => ({
    id: ids[i]!,
    path: pathOf(file),
    label: titleOf(className),
    split: splitOf(className),
    source: attribution.source,
    ...(crop ? { box } : {}),
  }));
}

/** "001.Black footed Albatross": keeps the number, as species names need not be unique. */
const titleOf = (className: string): string => className.replaceAll("_", " ").normalize("NFC");
