/**
 * The embedded data set: emoji by seven designers. A class is an emoji, its images are the
 * designers' drawings of it.
 */
import { join } from "node:path";
import type { Item } from "@plumage/models";
import { repositoryRoot } from "@plumage/models/node";
import type { Dataset } from "../dataset.ts";
import { labels, matchClasses, splitOf } from "./classes.ts";
import { type Drawing, renderDrawings } from "./render.ts";
import { iconSvg, readSet, setNames } from "./sets.ts";

export const emoji: Dataset = {
  title: "Emoji by seven designers",
  takes: [],
  async prepare({ signal }) {
    const sets = setNames.map(readSet);
    const byName = new Map(sets.map((set) => [set.name, set]));
    const classes = matchClasses(sets);
    const titles = labels(classes);
    const folder = join(repositoryRoot(), "train", "data", "emoji");
    const items: Item[] = [];
    const drawings: Drawing[] = [];
    classes.forEach(({ key, icons }, i) => {
      for (const [source, icon] of icons) {
        const path = join(folder, source, `${icon}.png`);
        const id = `${source}.${icon}`;
        items.push({ id, path, label: titles[i]!, split: splitOf(key), source });
        drawings.push({ path, svg: () => iconSvg(byName.get(source)!, icon) });
      }
    });
    await renderDrawings(drawings, signal);
    return {
      info: {
        name: "emoji",
        title: emoji.title,
        description:
          "The same emoji drawn by different designers; classes are split in halves by a fixed hash.",
        attributions: sets.map((set) => set.attribution),
      },
      items,
    };
  },
};
