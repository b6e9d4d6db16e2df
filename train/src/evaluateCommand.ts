/** `npm run evaluate`: evaluates a trained or imported model on a data set. */
import "./tensors.ts";
import { type Item, PlumageError, type RetrievalMetrics, searchSets } from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { modelNameOption, storeFolder, storeNamesSchema } from "@plumage/models/node";
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
import { chanceText, comparisonTable } from "./report/comparison.ts";
import { metricTable } from "./report/metricTable.ts";
import { openSetText } from "./report/openSet.ts";

const command = {
  usage: "npm run evaluate --",
  summary:
    "Evaluates a trained or imported model of models/store by leave-one-out retrieval, or by\n" +
    "queries and references if the data set defines them. Without --dataset, on the held-out\n" +
    "images of the run or the import. --compare puts several models into one table.",
  options: {
    name: modelNameOption,
    best: {
      description: "evaluate the best checkpoint of the run instead of the last",
      schema: z.boolean().default(false),
    },
    compare: {
      description:
        "also evaluate these models of models/store on the same images; separate names by commas",
      value: "NAMES",
      schema: storeNamesSchema.default([]),
      defaultText: "none",
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
  const { name, compare, split, distance, flip } = options;
  const dataOptions = dataOptionsSchema.parse(options);
  if (!options.dataset && JSON.stringify(dataOptions) !== JSON.stringify(defaultDataOptions)) {
    throw new PlumageError(
      "bad-input",
      "options of a data set require --dataset",
      "add --dataset NAME",
    );
  }
  const names = [...new Set([name, ...compare])];
  const subjects = await Promise.all(
    // A run's checkpoints are named by its own model alone.
    names.map((each) => openSubject(storeFolder(each), options.best && each === name)),
  );
  const subject = subjects[0]!;
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
  const classes = classCount(selected);
  printProgress(
    `${name}, ${subject.origin}: ${selected.length} images of ${classes} ` +
      `classes of ${info.title}, ${protocolOf(selected)}`,
  );
  const how = { distance, withOpenSet: distance === "cosine" };
  const models = [];
  for (const [i, each] of subjects.entries()) {
    const embedded = await each.embed(names[i]!, selected, signal, flip);
    const { dimension, pooledDimension, imagesPerSecond } = embedded;
    const evaluation =
      pooledDimension > 0
        ? await evaluateEmbeddings(embedded, selected, how)
        : { embedding: await evaluateRows(embedded, selected, how), pooled: undefined };
    const { iteration, bytes } = each;
    models.push({ name: names[i]!, iteration, dimension, bytes, imagesPerSecond, ...evaluation });
  }
  const { embedding, pooled } = models[0]!;
  const rawPixels = await evaluateRawPixels(selected, subject.imageSize, distance);
  const metrics = {
    embedding: embedding.metrics,
    ...(pooled ? { pooled: pooled.metrics } : {}),
    rawPixels: rawPixels.metrics,
  };
  const compared = models.map(({ pooled: _, embedding: { metrics }, ...model }) => ({
    ...model,
    metrics,
  }));
  const { queries, loneQueries, openSet, calibration } = embedding;
  if (options.json) {
    const counts = { items: selected.length, classes, queries, loneQueries };
    const openSetFigures = openSet && {
      openSet: { ...openSet, ece: calibration?.reliability.ece },
    };
    const report = {
      ...{ name, iteration: subject.iteration, dataset: info.name, split, distance, flip },
      ...counts,
      ...metrics,
      ...openSetFigures,
      ...(compared.length > 1 ? { compared } : {}),
    };
    print(JSON.stringify(report, null, 2));
    return;
  }
  print("");
  const images = split === "test" ? "held-out" : split;
  const title = `${images} retrieval, ${distance}${flip ? ", flip" : ""}`;
  if (compared.length > 1) {
    print(comparisonTable(compared, rawPixels.metrics, title));
    print(`\n${chanceText(compared, queries)}`);
    return;
  }
  print(tableOf(metrics, title));
  if (openSet) print(`\n${openSetText(openSet)}`);
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
