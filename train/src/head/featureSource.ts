/** Trains and evaluates the head of a network on features that are in memory. */
import {
  type EncoderShape,
  headOn,
  type Item,
  type NetworkArchitecture,
  type ParameterValues,
  parameterTable,
} from "@plumage/models";
import type { Loader } from "../data/batches/loader.ts";
import { startWithAverage } from "../engine/average.ts";
import type { TrainingState } from "../engine/engine.ts";
import { openNetwork } from "../engine/recorded/networkSession.ts";
import type { ItemEmbeddings, Network } from "../evaluation/embedItems.ts";
import type { RunSource, Sampling } from "../run/source.ts";
import type { Features } from "./features.ts";

/** Rows that are embedded at a time. */
const batchSize = 256;

/**
 * @param shape of the encoder
 * @param features of all items of the run
 */
export const featureSource = (shape: EncoderShape, features: Features): RunSource => ({
  async start(engine, plan, state) {
    const head = headOn(shape, plan.architecture);
    const headPlan = { ...plan, architecture: head, microBatch: plan.batch };
    const run = await startWithAverage(engine, headPlan, partOf(head, state));
    return {
      step: (batch, rate) => run.step(batch, rate),
      state: async () => withBackbone(state, await run.state()),
      close: () => run.close(),
    };
  },
  openLoader: (sampling) => featureLoader(sampling, features),
  embed: (_title, network, items) => embedFeatures(shape, network, items, features),
});

/** The values of a network's head. */
function headValues(head: NetworkArchitecture, values: ParameterValues): ParameterValues {
  const names = new Set(parameterTable(head).map(({ name }) => name));
  return new Map([...values].filter(([name]) => names.has(name)));
}

const partOf = (head: NetworkArchitecture, state: TrainingState): TrainingState => ({
  iteration: state.iteration,
  parameters: headValues(head, state.parameters),
  ...(state.average ? { average: headValues(head, state.average) } : {}),
  expAvg: headValues(head, state.expAvg),
  expAvgSq: headValues(head, state.expAvgSq),
});

/** The state of a whole network whose backbone is as it was. */
const withBackbone = (whole: TrainingState, head: TrainingState): TrainingState => ({
  iteration: head.iteration,
  parameters: new Map([...whole.parameters, ...head.parameters]),
  ...(head.average ? { average: new Map([...whole.parameters, ...head.average]) } : {}),
  expAvg: new Map([...whole.expAvg, ...head.expAvg]),
  expAvgSq: new Map([...whole.expAvgSq, ...head.expAvgSq]),
});

function featureLoader({ items, classes, sample }: Sampling, features: Features): Loader {
  return {
    async batch(iteration) {
      const sampled = sample(iteration);
      return {
        input: features.rows(sampled.map((item) => items[item]!)),
        labels: Int32Array.from(sampled, (item) => classes[item]!),
        waitedMs: 0,
      };
    },
    close: async () => undefined,
  };
}

async function embedFeatures(
  shape: EncoderShape,
  { architecture, parameters }: Network,
  items: readonly Item[],
  features: Features,
): Promise<ItemEmbeddings> {
  const head = headOn(shape, architecture);
  const network = await openNetwork(head, headValues(head, parameters));
  const { dimension, pooledDimension } = network;
  const embeddings = new Float32Array(items.length * dimension);
  const pooled = new Float32Array(items.length * pooledDimension);
  const started = performance.now();
  try {
    for (let start = 0; start < items.length; start += batchSize) {
      const batch = items.slice(start, start + batchSize);
      const outputs = await network.run(features.rows(batch), batch.length);
      embeddings.set(outputs.embeddings, start * dimension);
      pooled.set(outputs.pooled, start * pooledDimension);
    }
  } finally {
    await network.close();
  }
  const imagesPerSecond = items.length / ((performance.now() - started) / 1000);
  return { embeddings, dimension, pooled, pooledDimension, imagesPerSecond };
}
