/** Golden test vectors: a few held-out images, and their embeddings by the trained network. */
import { readFile } from "node:fs/promises";
import { type Box, cropAndResize, type Item, type ResizeStep } from "@plumage/models";
import { decodeImage } from "@plumage/models/node";
import { concatenate, heldOutItems, type Images, spread } from "./images.ts";
import { recordEmbedder } from "./record.ts";
import { openSession } from "./session.ts";
import type { TrainedNetwork } from "./trained.ts";

/** Enough to detect a provider that computes wrong results, few enough to check at every start. */
export const goldenCount = 4;

export interface GoldenInput {
  /** The image's file. */
  readonly file: Uint8Array;
  readonly box: Box | undefined;
  /** RGB bytes [S, S, 3]. */
  readonly pixels: Uint8Array;
}

export interface GoldenVectors extends Images {
  readonly inputs: readonly GoldenInput[];
  /** [count, dimension] */
  readonly embeddings: Float32Array;
}

/**
 * Chooses images spread over the held-out items.
 *
 * @param steps resize steps, as in the manifest
 */
export const goldenInputs = (
  items: readonly Item[],
  steps: readonly ResizeStep[],
): Promise<GoldenInput[]> =>
  Promise.all(
    spread(heldOutItems(items), goldenCount).map(async ({ path, box }) =>
      goldenInput(await readFile(path), steps, box),
    ),
  );

/** Decodes, crops and resizes the file of an image. */
export const goldenInput = async (
  file: Uint8Array,
  steps: readonly ResizeStep[],
  box?: Box,
): Promise<GoldenInput> => ({
  file,
  box,
  pixels: cropAndResize(await decodeImage(file), steps, box),
});

/**
 * Chooses images spread over the held-out items and embeds them with the graph that was trained,
 * its batch norms not folded.
 *
 * @param steps resize steps, as in the manifest
 */
export async function makeGoldens(
  { architecture, parameters }: TrainedNetwork,
  items: readonly Item[],
  steps: readonly ResizeStep[],
): Promise<GoldenVectors> {
  const inputs = await goldenInputs(items, steps);
  const { images, count } = concatenate(inputs.map(({ pixels }) => pixels));
  const { bytes } = recordEmbedder(architecture, parameters, { fold: false });
  const session = await openSession(bytes, architecture.imageSize);
  const embeddings = (await session.embed(images, count)).slice();
  await session.close();
  return { inputs, images, count, embeddings };
}
