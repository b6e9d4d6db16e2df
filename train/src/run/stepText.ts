/** Describes training steps: one for the progress bar, and all of a run. */
import { duration } from "@plumage/models/cli";
import { type ObjectiveOptions, type StepMetricName, termNames } from "../objective/index.ts";

/** Lists the loss, its terms with a weight above 0, the classifier's accuracy, and the speed. */
export function describeStep(
  metrics: Record<StepMetricName, number>,
  objective: ObjectiveOptions,
  imagesPerSecond: number,
): string {
  const terms = termNames
    .filter((term) => objective[term].weight > 0)
    .map((term) => `${term} ${metrics[term].toFixed(3)}`);
  return [
    `loss ${metrics.loss.toFixed(3)}${terms.length > 1 ? ` (${terms.join(", ")})` : ""}`,
    ...(objective.triplet.weight > 0 ? [`${metrics.minedTriplets} triplets`] : []),
    // Without its loss, the classifier is not trained.
    ...(objective.classification.weight > 0 ? [`accuracy ${metrics.accuracy.toFixed(2)}`] : []),
    `${imagesPerSecond.toFixed(1)} images/s`,
  ].join(", ");
}

/** Says how long steps took. @param waited seconds of them spent waiting for images */
export function describeSteps({
  steps,
  batch,
  seconds,
  waited,
}: Record<"steps" | "batch" | "seconds" | "waited", number>): string {
  const imagesPerSecond = (steps * batch) / seconds;
  return (
    `${steps} iterations in ${duration(seconds)}, ${imagesPerSecond.toFixed(1)} images/s, ` +
    `${((100 * waited) / seconds).toFixed(1)}% of the time waiting for images`
  );
}
