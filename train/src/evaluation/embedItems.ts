/** Embeds items with a network. */
import { type Architecture, type Item, type ParameterValues, resizeSteps } from "@plumage/models";
import { progress } from "@plumage/models/cli";
import { evaluationBatches } from "../data/batches/pixels.ts";
import { openNetwork } from "../engine/recorded/networkSession.ts";

/** Images per run of the network. */
const batchSize = 32;

export interface Network {
  readonly architecture: Architecture;
  readonly parameters: ParameterValues;
}

export interface ItemEmbeddings {
  /** Unit-length rows, [items, dimension]. */
  readonly embeddings: Float32Array;
  readonly dimension: number;
  /** Average-pooled features of the backbone, [items, pooledDimension]. */
  readonly pooled: Float32Array;
  readonly pooledDimension: number;
}

/**
 * Embeds every item, showing progress.
 *
 * @param title name of the network for the progress bar
 * @throws the signal's reason once it is aborted
 */
export async function embedItems(
  title: string,
  { architecture, parameters }: Network,
  items: readonly Item[],
  signal: AbortSignal,
): Promise<ItemEmbeddings> {
  const network = await openNetwork(architecture, parameters);
  try {
    const { dimension, pooledDimension } = network;
    const embeddings = new Float32Array(items.length * dimension);
    const pooled = new Float32Array(items.length * pooledDimension);
    const bar = progress(`evaluating ${title}`, items.length, "images");
    const batches = evaluationBatches(items, resizeSteps(architecture), batchSize);
    for await (const { images, count, start } of batches) {
      signal.throwIfAborted();
      const outputs = await network.run(images, count);
      embeddings.set(outputs.embeddings, start * dimension);
      pooled.set(outputs.pooled, start * pooledDimension);
      bar.advance(count);
      // The network runs in a single native call: let Ctrl-C be handled.
      await new Promise(setImmediate);
    }
    bar.finish();
    return { embeddings, dimension, pooled, pooledDimension };
  } finally {
    await network.close();
  }
}
