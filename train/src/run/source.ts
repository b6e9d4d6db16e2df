/** Where a run's batches and evaluations come from: images, or features of a frozen encoder. */
import type { Item } from "@plumage/models";
import type { AugmentationName } from "../data/batches/augment.ts";
import { type Loader, openLoader } from "../data/batches/loader.ts";
import { startWithAverage } from "../engine/average.ts";
import type { Engine, TrainingPlan, TrainingRun, TrainingState } from "../engine/engine.ts";
import { embedItems, type ItemEmbeddings, type Network } from "../evaluation/embedItems.ts";

/** How the batches of a run are made up. */
export interface Sampling {
  /** The training items. */
  readonly items: readonly Item[];
  /** Class number of each item. */
  readonly classes: Int32Array;
  /** Item numbers of a batch, a pure function of the iteration. */
  readonly sample: (iteration: number) => number[];
  readonly seed: number;
  /** Of images. */
  readonly imageSize: number;
  readonly augmentation: AugmentationName;
}

export interface RunSource {
  /** Starts or resumes a run on an engine. */
  start(engine: Engine, plan: TrainingPlan, state: TrainingState): Promise<TrainingRun>;
  openLoader(sampling: Sampling): Loader;
  /** Embeds items with the network, showing progress. */
  embed(
    title: string,
    network: Network,
    items: readonly Item[],
    signal: AbortSignal,
  ): Promise<ItemEmbeddings>;
}

/** One worker keeps ahead of any step on the CPU at small image sizes. */
const loaderWorkers = 1;

/** Batches of augmented images. */
export const imageSource: RunSource = {
  start: startWithAverage,
  openLoader: (sampling) => openLoader({ ...sampling, workers: loaderWorkers }),
  embed: embedItems,
};
