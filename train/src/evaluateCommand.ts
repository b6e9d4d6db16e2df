/** `npm run evaluate`: evaluates a trained or imported model on a data set. */
import "./tensors.ts";
import { type Item, PlumageError, type RetrievalMetrics, searchSets } from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { modelNameOption, storeFolder } from "@plumage/models/node";
import { z } from "zod";
import { datasetNames, prepareDataset } from "./data/index.ts";
import { dataOptionsSchema, dataOptionTable, defaultDataOptions } from "./data/options.ts";
import { classCount } from "./data/split.ts";
import {
  distanceNames,
  evaluateEmbeddings,
  evaluateRawPixels,
  evaluateRows,
} from "./evaluation/evaluateItems.ts";
import { openSubject } from "./evaluationSubject.ts";
import { metricTable } from "./report/metricTable.ts";
import { openSetText } from "./report/openSet.ts";

const command = {
  usage: "npm run evaluate --",
  summary:
    "Evaluates a trained or imported model of models/store by leave-one-out retrieval, or by\n" +
    "queries and references if the data set defines them. Without --dataset, on the held-out\n" +
    "images of the run or the import.",
  options: {
    name: modelNameOption,
    best: {
      description: "evaluate the best checkpoint of the run instead of the last",
      schema: z.boolean().default(false),
    },
    dataset: {
      description: `another data set to evaluate on: ${datasetNames.join(", ")} (default: its own)`,
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
  const subject = await openSubject(storeFolder(name), options.best);
  const printProgress = options.json ? () => undefined : print;
  const context = {
    signal,
    print: printProgress,
    splits: split === "all" ? [] : [split],
  };
  const { info, items } = options.dataset
    ? await prepareDataset(options.dataset, { ...context, options: dataOptions })
    : await subject.ownDataset(context);
  const selected = items.filter((item) => split === "all" || item.split === split);
  printProgress(
    `${name}, ${subject.origin}: ${selected.length} images of ${classCount(selected)} ` +
      `classes of ${info.title}, ${protocolOf(selected)}`,
  );
  const embedded = await subject.embed(name, selected, signal, flip);
  const how = { distance, withOpenSet: distance === "cosine" };
  const { embedding, pooled } =
    embedded.pooledDimension > 0
      ? await evaluateEmbeddings(embedded, selected, how)
      : { embedding: await evaluateRows(embedded, selected, how), pooled: undefined };
  const rawPixels = await evaluateRawPixels(selected, subject.imageSize, distance);
  const metrics = {
    embedding: embedding.metrics,
    ...(pooled ? { pooled: pooled.metrics } : {}),
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
      ...{ name, iteration: subject.iteration, dataset: info.name, split, distance, flip },
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
  {
    rawPixels,
    pooled,
    embedding,
  }: Record<"rawPixels" | "embedding", RetrievalMetrics> & {
    readonly pooled?: RetrievalMetrics;
  },
  title: string,
): string {
  const rows = [
    { name: "raw pixels", metrics: rawPixels },
    ...(pooled ? [{ name: "pooled features", metrics: pooled }] : []),
    { name: "embedding", metrics: embedding },
  ];
  return metricTable(rows, title);
}
