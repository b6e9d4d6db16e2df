/** Turns an encoded image into the pixels that the model takes. */
import { type Box, cropAndResize, type ResizeStep } from "@plumage/models";
import { decodeImage } from "@plumage/models/node";

export interface ModelPixels {
  /** RGB bytes, [size, size, 3]. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly decodeMs: number;
  readonly preprocessMs: number;
}

/**
 * Decodes, crops and resizes an image.
 *
 * @param resize the model's resize steps
 * @throws PlumageError "bad-image" for bytes that cannot be decoded
 */
export async function decodeForModel(
  bytes: Uint8Array,
  resize: readonly ResizeStep[],
  box?: Box,
): Promise<ModelPixels> {
  const start = performance.now();
  const image = await decodeImage(bytes);
  const decoded = performance.now();
  const pixels = cropAndResize(image, resize, box);
  return { pixels, decodeMs: decoded - start, preprocessMs: performance.now() - decoded };
}
