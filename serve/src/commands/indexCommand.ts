/** `npm run index`: embeds a gallery's new and changed images and updates its vector index. */
import { splitSchema } from "@plumage/models";
import { pathSchema, printableName, runCommand, shownPath } from "@plumage/models/cli";
import { modelNameOption, readItems, storeFolder, storePaths } from "@plumage/models/node";
import { z } from "zod";
import { openModel } from "../embedder/model.ts";
import { folderItems } from "../indexing/folderItems.ts";
import { type IndexResult, indexItems } from "../indexing/indexItems.ts";
import type { Listing } from "../indexing/listing.ts";
import { embeddedStore, openCollection, storeOption } from "../stores/openCollection.ts";
import { environmentArguments } from "./environment.ts";
import { positiveIntegerSchema, threadsOption } from "./options.ts";

const command = {
  usage: "npm run index --",
  summary:
    "Embeds images with the exported model and stores them in models/store/<name>/index, or in " +
    "PostgreSQL.",
  options: {
    name: modelNameOption,
    store: storeOption,
    from: {
      description: "folder of images, one class per directory (default: the model's data set)",
      value: "FOLDER",
      schema: pathSchema.optional(),
    },
    split: {
      description: "without --from, the part of the data set: test, train, all",
      value: "PART",
      schema: z.enum([...splitSchema.options, "all"]).default("test"),
    },
    limit: {
      description: "index only the first N images",
      value: "N",
      schema: positiveIntegerSchema.optional(),
    },
    threads: threadsOption,
  },
};

/** Skipped images that are listed; the others are only counted. */
const maxListed = 5;

await runCommand(
  command,
  async ({ options, signal, print }) => {
    const { name, store, threads } = options;
    const folder = storeFolder(name);
    const listing = await itemsToIndex(folder, options, print, signal);
    const model = await openModel(folder, { threads, maxBatch: 16, maxQueue: 1024 });
    try {
      const collection = await openCollection(
        { store, name, model: model.indexed, mode: "index" },
        print,
      );
      try {
        const result = await indexItems(collection, model, listing, signal);
        const size = await collection.size();
        if (!result) {
          const all = listing.items.length;
          print(`stopped at ${size} of ${all} images: repeat the command to continue`);
          return;
        }
        printResult(result, print);
        const index = shownPath(storePaths(folder).index);
        print(`${size} images in ${store === embeddedStore ? index : "the database"}`);
      } finally {
        await collection.close();
      }
    } finally {
      await model.close();
    }
  },
  () => environmentArguments(command.options),
);

interface Selection {
  readonly from: string | undefined;
  readonly split: string;
  readonly limit: number | undefined;
}

async function itemsToIndex(
  folder: string,
  { from, split, limit }: Selection,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<Listing> {
  if (from) {
    const { items, unread } = await folderItems(from, print, signal);
    return { items: items.slice(0, limit), unread };
  }
  const items = (await readItems(folder)).filter((item) => split === "all" || item.split === split);
  return { items: items.slice(0, limit), unread: [] };
}

function printResult(result: IndexResult, print: (line: string) => void): void {
  const { embedded, unchanged, removed, skipped, kept } = result;
  for (const { path, reason } of skipped.slice(0, maxListed))
    print(`skipped ${printableName(path)}: ${reason}`);
  if (skipped.length > maxListed) print(`... and ${skipped.length - maxListed} more`);
  print(
    `${embedded} embedded, ${unchanged} unchanged, ${removed} removed, ${skipped.length} skipped` +
      (kept > 0 ? `, ${kept} kept because they cannot be read now` : ""),
  );
}
