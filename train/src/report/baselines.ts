/** What a run's result is compared with. */
import {
  initialParameters,
  type ParameterValues,
  type RetrievalMetrics,
  wholeNetwork,
} from "@plumage/models";
import { untrainedParameters } from "../evaluation/calibration.ts";
import {
  evaluateEmbeddings,
  evaluateRawPixels,
  type NetworkEvaluation,
} from "../evaluation/evaluateItems.ts";
import { initialWeights } from "../weights/initialWeights.ts";
import type { FinishedRun } from "./finishedRun.ts";

export interface Baselines {
  readonly rawPixels: RetrievalMetrics;
  /** Of random weights; with a frozen encoder, of a random head on it. */
  readonly untrained: RetrievalMetrics;
  /** Of the initial weights, if these are not random, or of the frozen encoder itself. */
  readonly start: { readonly weights: string; readonly metrics: RetrievalMetrics } | undefined;
}

/** @param result of the run itself */
export async function evaluateBaselines(
  run: FinishedRun,
  result: NetworkEvaluation,
): Promise<Baselines> {
  const { checkpoint, source, trainItems, testItems, signal } = run;
  const { architecture, settings } = checkpoint;
  const { backbone, weights, seed } = settings;
  const metricsOf = async (title: string, parameters: ParameterValues) => {
    const network = { architecture, parameters };
    const embeddings = await source.embed(title, network, testItems, signal);
    return (await evaluateEmbeddings(embeddings, testItems)).embedding.metrics;
  };
  const rawPixels = (await evaluateRawPixels(testItems, architecture.imageSize)).metrics;
  if (backbone) {
    const untrained = await metricsOf("an untrained head", initialParameters(architecture, seed));
    return { rawPixels, untrained, start: { weights: backbone, metrics: result.pooled.metrics } };
  }
  const whole = wholeNetwork(architecture);
  const untrained = await metricsOf(
    "the untrained network",
    await untrainedParameters(whole, seed, trainItems),
  );
  if (weights === "none") return { rawPixels, untrained, start: undefined };
  const initial = await initialWeights(weights, whole, seed);
  const metrics = await metricsOf("the starting checkpoint", initial.parameters);
  return { rawPixels, untrained, start: { weights, metrics } };
}
