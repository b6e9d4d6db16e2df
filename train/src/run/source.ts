/** Where a run's batches and evaluations come from: images, or features of a frozen encoder. */
import type { Item } from "@plumage/models";
import { type Loader, type LoaderOptions, openLoader } from "../data/batches/loader.ts";
import { startWithAverage } from "../engine/average.ts";
import type { Engine, TrainingPlan, TrainingRun, TrainingState } from "../engine/engine.ts";
import { embedItems, type ItemEmbeddings, type Network } from "../evaluation/embedItems.ts";

/** How the batches of a run are made up. */
export type Sampling = Omit<LoaderOptions, "workers">;

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
