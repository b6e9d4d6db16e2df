/** The baseline that any network has to beat: the image itself, small, as its own embedding. */
import { cropAndResize } from "@plumage/models";

/** 24 x 24 RGB values. */
const side = 24;
export const rawPixelDimension = side * side * 3;

/**
 * Images resized to 24 x 24 RGB, each less its mean, so that a cosine compares patterns and not
 * brightness.
 *
 * @param images uint8 [count, imageSize, imageSize, 3]
 * @returns [count, rawPixelDimension], not of unit length
 */
export function rawPixelEmbeddings(
  images: Uint8Array,
  count: number,
  imageSize: number,
): Float32Array {
  const embeddings = new Float32Array(count * rawPixelDimension);
  const bytes = imageSize * imageSize * 3;
  for (let item = 0; item < count; item++) {
    const data = images.subarray(item * bytes, (item + 1) * bytes);
    const small = cropAndResize({ width: imageSize, height: imageSize, data }, side);
    const mean = small.reduce((sum, value) => sum + value, 0) / small.length;
    for (let i = 0; i < small.length; i++)
      embeddings[item * rawPixelDimension + i] = small[i]! - mean;
  }
  return embeddings;
}
