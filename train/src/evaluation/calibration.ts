/** Batch-norm calibration on training items. */
import {
  type Architecture,
  type Item,
  initialParameters,
  type ParameterValues,
  resizeSteps,
} from "@plumage/models";
import { evaluationBatches } from "../data/batches/pixels.ts";
import { calibrateBatchNorm } from "../engine/recorded/networkSession.ts";

const batchCount = 8;
const batchSize = 64;

/** Replaces the batch-norm statistics with those of up to 512 training images, not augmented. */
export function calibrateOnItems(
  architecture: Architecture,
  parameters: ParameterValues,
  items: readonly Item[],
): Promise<ParameterValues> {
  const available = Math.min(items.length, batchSize * batchCount);
  const size = Math.min(batchSize, available);
  const sample = Array.from(
    { length: available - (available % size) },
    (_, i) => items[Math.floor((i * items.length) / available)]!,
  );
  // Neighboring items are of one class: a stride spreads the classes over the batches.
  const batches = sample.length / size;
  const spread = sample.map((_, i) => sample[(i % size) * batches + Math.floor(i / size)]!);
  const images = async function* () {
    for await (const pixels of evaluationBatches(spread, resizeSteps(architecture), size))
      yield pixels.images;
  };
  return calibrateBatchNorm(architecture, parameters, size, images());
}

/** The network before any training: random weights with calibrated statistics. */
export const untrainedParameters = (
  architecture: Architecture,
  seed: number,
  items: readonly Item[],
): Promise<ParameterValues> =>
  calibrateOnItems(architecture, initialParameters(architecture, seed), items);
