/** A picture file or an upload as the pixels that the model takes, and as a thumbnail. */
import { type Box, cropAndResize, type Manifest } from "@plumage/models";
import { decodeImage } from "@plumage/models/node";
import sharp from "sharp";

/** Decodes (PlumageError "bad-image" for what cannot be read), crops, resizes: RGB bytes, [side, side, 3]. */
export async function modelPixels(
  bytes: Uint8Array,
  { preprocessing }: Manifest,
  box?: Box,
): Promise<{ pixels: Uint8Array; decodeMs: number; preprocessMs: number }> {
  const start = performance.now();
  const image = await decodeImage(bytes);
  const decoded = performance.now();
  const pixels = cropAndResize(image, preprocessing.resize, box);
  return { pixels, decodeMs: decoded - start, preprocessMs: performance.now() - decoded };
}

/** The whole picture, upright, within side x side, as WebP on white. */
export const thumbnail = (bytes: Uint8Array, side: number): Promise<Buffer> =>
  sharp(bytes)
    .autoOrient()
    .flatten({ background: "#ffffff" })
    .resize(side, side, { fit: "inside", withoutEnlargement: true })
    .webp({ quality: 82 })
    .toBuffer();
