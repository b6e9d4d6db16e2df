/** The built-in data set: a class is an emoji, its images are drawings of it by seven designers. */
import { join } from "node:path";
import type { Item } from "@plumage/models";
import { repositoryRoot } from "@plumage/models/node";
import type { Dataset } from "../dataset.ts";
import { classLabels, matchClasses, splitOf } from "./classes.ts";
import { type Drawing, renderDrawings } from "./render.ts";
import { iconSvg, readSet, setNames } from "./sets.ts";

export const emoji: Dataset = {
  title: "Emoji by seven designers",
  takes: [],
  async prepare({ signal }) {
    const sets = setNames.map(readSet);
    const setByName = new Map(sets.map((set) => [set.name, set]));
    const classes = matchClasses(sets);
    const labels = classLabels(classes);
    const folder = join(repositoryRoot(), "train", "data", "emoji");
    const items: Item[] = [];
    const drawings: Drawing[] = [];
    classes.forEach(({ key, icons }, i) => {
      for (const [source, icon] of icons) {
        const path = join(folder, source, `${icon}.png`);
        items.push({
          id: `${source}.${icon}`,
          path,
          label: labels[i]!,
          split: splitOf(key),
          source,
        });
        drawings.push({ path, svg: () => iconSvg(setByName.get(source)!, icon) });
      }
    });
    await renderDrawings(drawings, signal);
    return {
      info: {
        name: "emoji",
        title: emoji.title,
        description:
          "The same emoji drawn by different designers; a fixed hash splits the classes in half.",
        attributions: sets.map((set) => set.attribution),
      },
      items,
    };
  },
};
