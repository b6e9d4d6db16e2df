/** `npm run evaluate`: what a trained model reaches on a data set, without training. */
import "./tensors.ts";
import { PlumageError, searchSets } from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { storeFolder, storeNameSchema, storePaths } from "@plumage/models/node";
import { z } from "zod";
import { datasetNames, prepareDataset } from "./data/index.ts";
import { dataOptionsSchema, dataOptionTable, defaultDataOptions } from "./data/options.ts";
import { metricTable } from "./report/table.ts";
import { readNetwork } from "./run/checkpoint.ts";
import {
  classCount,
  distanceNames,
  embedItems,
  evaluateEmbedded,
  evaluateRawPixels,
} from "./run/heldOut.ts";

const command = {
  usage: "npm run evaluate --",
  summary:
    "Says what a trained model of models/store reaches: leave-one-out, or of the queries among the references of a table\n" +
    "that has them. Without --dataset on the images that its run held out.",
  options: {
    name: {
      description: "name of the model",
      value: "NAME",
      schema: storeNameSchema.default("emoji"),
    },
    best: {
      description: "the best checkpoint of the run, not the last",
      schema: z.boolean().default(false),
    },
    dataset: {
      description: `another data set than the run's: ${datasetNames.join(", ")}`,
      value: "NAME",
      schema: z.enum(datasetNames).optional(),
    },
    ...dataOptionTable,
    split: {
      description: "which images: test (held out), train, all",
      value: "WHICH",
      schema: z.enum(["test", "train", "all"]).default("test"),
    },
    distance: {
      description: `${distanceNames.join(" or ")}; embeddings, being of unit length, are in the same order by both`,
      value: "WHICH",
      schema: z.enum(distanceNames).default("cosine"),
    },
    json: {
      description: "print the figures as JSON, and nothing else",
      schema: z.boolean().default(false),
    },
  },
};

await runCommand(command, async ({ options, signal, print }) => {
  const folder = storeFolder(options.name);
  const given = dataOptionsSchema.parse(options);
  if (!options.dataset && JSON.stringify(given) !== JSON.stringify(defaultDataOptions)) {
    throw new PlumageError(
      "bad-input",
      "options of a data set, and no --dataset that they are of",
      "add --dataset NAME",
    );
  }
  const paths = storePaths(folder);
  const network = await readNetwork(options.best ? paths.bestCheckpoint : paths.checkpoint);
  const { settings, architecture, iteration } = network;
  const say = options.json ? () => undefined : print;
  const { info, items } = await prepareDataset(options.dataset ?? settings.dataset, {
    signal,
    print: say,
    options: options.dataset ? given : (settings.data ?? defaultDataOptions),
    splits: options.split === "all" ? [] : [options.split],
  });
  const asked = items.filter(({ split }) => options.split === "all" || split === options.split);
  const { queries, references } = searchSets(asked);
  const manner =
    queries === references
      ? "leave-one-out"
      : `${queries.length} queries among ${references.length} references`;
  say(
    `${options.name}, iteration ${iteration}: ${asked.length} images of ${classCount(asked)} classes of ${info.title}, ${manner}`,
  );
  const embedded = await embedItems(options.name, network, asked, signal);
  const { embedding, pooled } = await evaluateEmbedded(embedded, asked, options.distance);
  const rawPixels = await evaluateRawPixels(asked, architecture.imageSize, options.distance);
  const rows = [
    { name: "raw pixels", metrics: rawPixels.metrics },
    { name: "pooled features", metrics: pooled.metrics },
    { name: "embedding", metrics: embedding.metrics },
  ];
  if (options.json) {
    const { queries: askedQueries, loneQueries, metrics } = embedding;
    const figures = { embedding: metrics, pooled: pooled.metrics, rawPixels: rawPixels.metrics };
    const { name, split, distance } = options;
    const counts = {
      items: asked.length,
      classes: classCount(asked),
      queries: askedQueries,
      loneQueries,
    };
    print(
      JSON.stringify(
        { name, iteration, dataset: info.name, split, distance, ...counts, ...figures },
        null,
        2,
      ),
    );
    return;
  }
  print("");
  print(
    metricTable(
      rows,
      `${options.split === "test" ? "held-out" : options.split} retrieval, ${options.distance}`,
    ),
  );
});
