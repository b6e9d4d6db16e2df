/** Golden inputs: a few held-out images, as files and as the very bytes that the graph takes. */
import { readFile } from "node:fs/promises";
import { type Box, cropAndResize, type Item } from "@plumage/models";
import { decodeImage } from "@plumage/models/node";
import { heldOutItems, spread } from "./images.ts";

/** Enough to notice a provider that computes wrongly, few enough to check at every start. */
const goldenCount = 4;

export interface GoldenInput {
  /** The image's file. */
  readonly file: Uint8Array;
  readonly box: Box | undefined;
  /** RGB bytes [S, S, 3]. */
  readonly pixels: Uint8Array;
}

/** Images spread over the held-out items. */
export const goldenInputs = (
  items: readonly Item[],
  sides: readonly number[],
): Promise<GoldenInput[]> =>
  Promise.all(
    spread(heldOutItems(items), goldenCount).map(async ({ path, box }) => {
      const file = await readFile(path);
      return { file, box, pixels: cropAndResize(await decodeImage(file), sides, box) };
    }),
  );
