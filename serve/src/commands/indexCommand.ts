/** `npm run index`: embeds a gallery's new and changed images and updates its vector index. */
import { PlumageError, splitSchema } from "@plumage/models";
import { pathSchema, runCommand, shownPath } from "@plumage/models/cli";
import { modelNameOption, storeFolder, storePaths } from "@plumage/models/node";
import { z } from "zod";
import { type Model, openModel } from "../embedder/model.ts";
import { describeResult } from "../indexing/describeResult.ts";
import { embedUploadsWith } from "../indexing/embedUploads.ts";
import { indexItems } from "../indexing/indexItems.ts";
import { listItems, type Selection } from "../indexing/listItems.ts";
import type { Listing } from "../indexing/listing.ts";
import { everything } from "../indexing/rules.ts";
import { inShard, requireSharedStore, shardSchema } from "../indexing/shard.ts";
import { embeddedStore, openCollection, storeOption } from "../stores/openCollection.ts";
import { environmentArguments } from "./environment.ts";
import { positiveIntegerSchema, threadsOption } from "./options.ts";
import { watchAndIndex } from "./watchAndIndex.ts";

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
    csv: {
      description:
        "table of images with the columns path and, if known, label, box (x y width height, in " +
        "pixels) and split; an image with several boxes has a row for each",
      value: "FILE",
      schema: pathSchema.optional(),
    },
    root: {
      description: "folder that the paths of --csv count from (default: the table's)",
      value: "FOLDER",
      schema: pathSchema.optional(),
    },
    split: {
      description: "without --from, the part of the table or the data set: test, train, all",
      value: "PART",
      schema: z.enum([...splitSchema.options, "all"]).default("test"),
    },
    limit: {
      description: "index only the first N images",
      value: "N",
      schema: positiveIntegerSchema.optional(),
    },
    shard: {
      description: "index part I of N, so that N machines fill one PostgreSQL store together",
      value: "I/N",
      schema: shardSchema.optional(),
    },
    watch: {
      description: "keep running, and index what changes in the folder of --from",
      schema: z.boolean().default(false),
    },
    sweep: {
      description: "with --watch, seconds until a folder is looked at that reports no changes",
      value: "N",
      schema: positiveIntegerSchema.max(86_400).default(60),
    },
    grace: {
      description: "with --watch, seconds for which an image must be gone before it is removed",
      value: "N",
      schema: positiveIntegerSchema.max(86_400).default(30),
    },
    threads: threadsOption,
  },
};

await runCommand(
  command,
  async ({ options, signal, print }) => {
    const { name, store, threads, shard, watch, from, limit } = options;
    checkSource(options);
    if (shard) requireSharedStore(store !== embeddedStore);
    if (watch) checkWatch(from, limit);
    const folder = storeFolder(name);
    const owns = (id: string) => !shard || inShard(id, shard);
    const list = (say = print) => listItems(folder, options, say, signal);
    const open: Opener = (model, mode, say) =>
      openCollection(
        {
          store,
          name,
          model: model.indexed,
          mode,
          embedUploads: embedUploadsWith(model, signal, say),
        },
        say,
      );
    // Before the model, which takes longer to open; a watcher will list them again.
    const listing = await list(watch ? () => undefined : print);
    const model = await openModel(folder, { threads, maxBatch: 16, maxQueue: 1024 });
    const place = store === embeddedStore ? shownPath(storePaths(folder).index) : "the database";
    try {
      if (watch)
        await watchAndIndex({ ...options, from: from!, owns, list, open, model, signal, print });
      else await indexOnce(listing, { model, open, owns, place, signal, print });
    } finally {
      await model.close();
    }
  },
  () => environmentArguments(command.options),
);

function checkSource({ from, csv, root }: Pick<Selection, "from" | "csv" | "root">): void {
  if (from && csv)
    throw new PlumageError("bad-input", "--from and --csv exclude each other", "leave one out");
  if (root && !csv)
    throw new PlumageError("bad-input", "--root is for the paths of --csv", "add --csv FILE");
}

function checkWatch(from: string | undefined, limit: number | undefined): void {
  if (!from) throw new PlumageError("bad-input", "--watch requires --from", "add --from FOLDER");
  if (limit !== undefined)
    throw new PlumageError("bad-input", "--watch has no use for --limit", "leave --limit out");
}

type Opener = Parameters<typeof watchAndIndex>[0]["open"];

interface Run {
  readonly model: Model;
  readonly open: Opener;
  readonly owns: (id: string) => boolean;
  /** Where the index is, in words. */
  readonly place: string;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

async function indexOnce(
  listing: Listing,
  { model, open, owns, place, signal, print }: Run,
): Promise<void> {
  const collection = await open(model, "index", print);
  try {
    const rules = { ...everything, owns };
    const result = await indexItems(collection, model, listing, signal, rules);
    const size = await collection.size();
    if (!result) {
      const all = listing.items.length;
      print(`stopped at ${size} of ${all} images: repeat the command to continue`);
      return;
    }
    for (const line of describeResult(result)) print(line);
    print(`${size} images in ${place}`);
  } finally {
    await collection.close();
  }
}
