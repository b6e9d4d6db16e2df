/** An image file or an upload as the pixels that the model takes. */
import { type Box, cropAndResize } from "@plumage/models";
import { decodeImage } from "@plumage/models/node";
import type { ReadImage } from "./protocol.ts";

/**
 * Decodes, crops, resizes: RGB bytes, [side, side, 3].
 *
 * @param resize the model's steps of resizing
 * @throws PlumageError "bad-image" for what cannot be read
 */
export async function modelPixels(
  bytes: Uint8Array,
  resize: readonly number[],
  box?: Box,
): Promise<ReadImage> {
  const start = performance.now();
  const image = await decodeImage(bytes);
  const decoded = performance.now();
  const pixels = cropAndResize(image, resize, box);
  return { pixels, decodeMs: decoded - start, preprocessMs: performance.now() - decoded };
}
