/**
 * `npm run index`: embeds a gallery and builds its vector index; only what is new or changed is
 * embedded again.
 */
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import { splitSchema } from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { readItems, storeFolder, storeNameSchema, storePaths } from "@plumage/models/node";
import { z } from "zod";
import { openEmbedder } from "../embedder/embedder.ts";
import { openImageReader } from "../images/imageReader.ts";
import { indexItems } from "../indexing/indexItems.ts";
import { folderItems } from "../indexing/items.ts";
import { embedded, openCollection, storeOption } from "../stores/openCollection.ts";
import { fromEnvironment } from "./environment.ts";

const whole = z.coerce
  .number("use a number")
  .int("use a whole number")
  .positive("use a number above 0");

const command = {
  usage: "npm run index --",
  summary:
    "Embeds images with the exported model and keeps them in models/store/<name>/index, or in PostgreSQL.",
  options: {
    name: {
      description: "name of the model",
      value: "NAME",
      schema: storeNameSchema.default("emoji"),
    },
    store: storeOption,
    from: {
      description: "a folder of images, a class for each directory",
      value: "FOLDER",
      schema: z.string().optional(),
    },
    split: {
      description: "part of the model's own data set, where no folder is given: test, train, all",
      value: "PART",
      schema: z.enum([...splitSchema.options, "all"]).default("test"),
    },
    limit: { description: "the first N images only", value: "N", schema: whole.optional() },
    threads: {
      description: "processor threads",
      value: "N",
      schema: whole.default(availableParallelism()),
      defaultText: "all",
    },
  },
};

/** Skipped images that are named one by one; the rest are counted. */
const named = 5;

await runCommand(
  command,
  async ({ options, signal, print }) => {
    const { name, store } = options;
    const folder = storeFolder(name);
    const listed = options.from ? await folderItems(options.from) : await readItems(folder);
    const wanted =
      options.from || options.split === "all"
        ? listed
        : listed.filter(({ split }) => split === options.split);
    const items = wanted.slice(0, options.limit);
    const embedder = await openEmbedder(folder, {
      threads: options.threads,
      maxBatch: 16,
      maxQueue: 1024,
    });
    const { dimension, preprocessing } = embedder.manifest;
    const reader = openImageReader({
      threads: options.threads,
      maxQueue: 1024,
      resize: preprocessing.resize,
    });
    try {
      const model = { model: embedder.model, dimension };
      const collection = await openCollection({ store, name, model, purpose: "index" }, print);
      try {
        const result = await indexItems(collection, { embedder, reader }, items, signal);
        if (!result) {
          print(
            `stopped with ${await collection.size()} of ${items.length} images: go on with the same command`,
          );
          return;
        }
        for (const { path, reason } of result.skipped.slice(0, named))
          print(`skipped ${path}: ${reason}`);
        if (result.skipped.length > named) print(`... and ${result.skipped.length - named} more`);
        print(
          `${result.embedded} embedded, ${result.unchanged} unchanged, ${result.removed} removed, ${result.skipped.length} skipped`,
        );
        const where =
          store === embedded ? relative(process.cwd(), storePaths(folder).index) : "the database";
        print(`${await collection.size()} images in ${where}`);
      } finally {
        await collection.close();
      }
    } finally {
      await reader.close();
      await embedder.close();
    }
  },
  [...fromEnvironment(command.options), ...process.argv.slice(2)],
);
