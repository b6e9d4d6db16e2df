/** `npm run evaluate`: evaluates a trained model on a data set. */
import "./tensors.ts";
import { type Item, PlumageError, type RetrievalMetrics, searchSets } from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { modelNameOption, storeFolder, storePaths } from "@plumage/models/node";
import { z } from "zod";
import { datasetNames, prepareDataset } from "./data/index.ts";
import { dataOptionsSchema, dataOptionTable, defaultDataOptions } from "./data/options.ts";
import { classCount } from "./data/split.ts";
import { embedItems } from "./evaluation/embedItems.ts";
import {
  distanceNames,
  evaluateEmbeddings,
  evaluateRawPixels,
} from "./evaluation/evaluateItems.ts";
import { metricTable } from "./report/metricTable.ts";
import { openSetText } from "./report/openSet.ts";
import { readNetwork } from "./run/checkpoint.ts";

const command = {
  usage: "npm run evaluate --",
  summary:
    "Evaluates a trained model of models/store by leave-one-out retrieval, or by queries and\n" +
    "references if the data set defines them. Without --dataset, on the run's held-out images.",
  options: {
    name: modelNameOption,
    best: {
      description: "evaluate the best checkpoint of the run instead of the last",
      schema: z.boolean().default(false),
    },
    dataset: {
      description: `evaluate on another data set: ${datasetNames.join(", ")} (default: the run's)`,
      value: "NAME",
      schema: z.enum(datasetNames).optional(),
    },
    ...dataOptionTable,
    split: {
      description: "images to evaluate on: test (held out), train, all",
      value: "SPLIT",
      schema: z.enum(["test", "train", "all"]).default("test"),
    },
    distance: {
      description:
        `${distanceNames.join(" or ")}; both rank embeddings, which have unit length, ` +
        "in the same order",
      value: "DISTANCE",
      schema: z.enum(distanceNames).default("cosine"),
    },
    flip: {
      description:
        "embed each image with its mirror image too, and use the mean of both; takes twice as long",
      schema: z.boolean().default(false),
    },
    json: {
      description: "print only the metrics, as JSON",
      schema: z.boolean().default(false),
    },
  },
};

await runCommand(command, async ({ options, signal, print }) => {
  const { name, split, distance, flip } = options;
  const dataOptions = dataOptionsSchema.parse(options);
  if (!options.dataset && JSON.stringify(dataOptions) !== JSON.stringify(defaultDataOptions)) {
    throw new PlumageError(
      "bad-input",
      "options of a data set require --dataset",
      "add --dataset NAME",
    );
  }
  const paths = storePaths(storeFolder(name));
  const network = await readNetwork(options.best ? paths.bestCheckpoint : paths.checkpoint);
  const { settings, architecture, iteration } = network;
  const printProgress = options.json ? () => undefined : print;
  const { info, items } = await prepareDataset(options.dataset ?? settings.dataset, {
    signal,
    print: printProgress,
    options: options.dataset ? dataOptions : (settings.data ?? defaultDataOptions),
    splits: split === "all" ? [] : [split],
  });
  const selected = items.filter((item) => split === "all" || item.split === split);
  printProgress(
    `${name}, iteration ${iteration}: ${selected.length} images of ${classCount(selected)} ` +
      `classes of ${info.title}, ${protocolOf(selected)}`,
  );
  const embeddings = await embedItems(name, network, selected, signal, flip);
  const { embedding, pooled } = await evaluateEmbeddings(embeddings, selected, {
    distance,
    withOpenSet: distance === "cosine",
  });
  const rawPixels = await evaluateRawPixels(selected, architecture.imageSize, distance);
  const metrics = {
    embedding: embedding.metrics,
    pooled: pooled.metrics,
    rawPixels: rawPixels.metrics,
  };
  if (options.json) {
    const { queries, loneQueries } = embedding;
    const counts = { items: selected.length, classes: classCount(selected), queries, loneQueries };
    const { openSet, calibration } = embedding;
    const openSetFigures = openSet && {
      openSet: { ...openSet, ece: calibration?.reliability.ece },
    };
    const report = {
      ...{ name, iteration, dataset: info.name, split, distance, flip },
      ...counts,
      ...metrics,
      ...openSetFigures,
    };
    print(JSON.stringify(report, null, 2));
    return;
  }
  print("");
  const images = split === "test" ? "held-out" : split;
  print(tableOf(metrics, `${images} retrieval, ${distance}${flip ? ", flip" : ""}`));
  if (embedding.openSet) print(`\n${openSetText(embedding.openSet)}`);
});

function protocolOf(items: readonly Item[]): string {
  const { queries, references } = searchSets(items);
  return queries === references
    ? "leave-one-out"
    : `${queries.length} queries among ${references.length} references`;
}

function tableOf(
  metrics: Record<"rawPixels" | "pooled" | "embedding", RetrievalMetrics>,
  title: string,
): string {
  const rows = [
    { name: "raw pixels", metrics: metrics.rawPixels },
    { name: "pooled features", metrics: metrics.pooled },
    { name: "embedding", metrics: metrics.embedding },
  ];
  return metricTable(rows, title);
}
