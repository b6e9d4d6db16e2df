/** Charts of a run: retrieval, loss, learning rate, accuracy, mined triplets. */

import type { Report } from "@plumage/models";
import { termNames } from "../objective/index.ts";
import type { TrainLogEntry } from "../run/trainLog.ts";
import { lineChart } from "./chart.ts";
import { type Point, smooth } from "./curve.ts";

const xLabel = "iteration";

/** Returns one figure per metric; loss terms that are always 0 are omitted. */
export function runCharts(report: Report, log: readonly TrainLogEntry[]): string[] {
  const curve = (of: (entry: TrainLogEntry) => number): Point[] =>
    log.map((entry) => [entry.iteration, of(entry)]);
  const window = Math.max(1, Math.round(log.length / 50));
  const smoothed = (of: (entry: TrainLogEntry) => number): Point[] => smooth(curve(of), window);
  const average = window > 1 ? `, mean of ${window} iterations` : "";
  const terms = (["loss", ...termNames] as const)
    .map((name) => ({ name, of: (entry: TrainLogEntry) => entry[name] }))
    .filter(({ of }) => log.some((entry) => of(entry) !== 0));
  return [
    retrievalChart(report),
    lineChart({
      title: `Loss and its terms${average}`,
      xLabel,
      series: terms.map(({ name, of }) => ({ name, points: smoothed(of) })),
    }),
    lineChart({
      title: "Learning rate",
      xLabel,
      series: [{ name: "rate", points: curve((entry) => entry.rate) }],
    }),
    // Without its loss, the classifier is not trained.
    log.some(({ classification }) => classification !== 0)
      ? lineChart({
          title: `Classifier accuracy on the batch${average}`,
          xLabel,
          series: [{ name: "accuracy", points: smoothed((entry) => entry.accuracy) }],
        })
      : "",
    log.some(({ minedTriplets }) => minedTriplets !== 0)
      ? lineChart({
          title: `Mined triplets per batch${average}`,
          xLabel,
          series: [{ name: "triplets", points: smoothed((entry) => entry.minedTriplets) }],
        })
      : "",
  ].filter(Boolean);
}

function retrievalChart({ best, curve, baselines }: Report): string {
  const onValidation = best?.chosenBy === "validation";
  // The baselines are evaluated on the held-out classes.
  const references = onValidation
    ? []
    : [
        { name: "raw pixels, P@1", value: baselines.rawPixels.precisionAt1 },
        { name: "untrained, P@1", value: baselines.untrained.precisionAt1 },
      ];
  return lineChart({
    title: onValidation ? "Retrieval on the validation classes" : "Held-out retrieval",
    xLabel,
    series: [
      { name: "P@1", points: curve.map((each) => [each.iteration, each.precisionAt1]) },
      { name: "MAP@R", points: curve.map((each) => [each.iteration, each.mapAtR]) },
    ],
    references,
  });
}
