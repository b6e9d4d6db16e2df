/** The baseline that any network must beat: a small version of the image as its own embedding. */
import { cropAndResize } from "@plumage/models";

const size = 24;
export const rawPixelDimension = size * size * 3;

/**
 * Resizes images to 24 x 24 RGB and subtracts each image's mean, so that the cosine compares
 * patterns rather than brightness.
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
    const small = cropAndResize({ width: imageSize, height: imageSize, data }, size);
    const mean = small.reduce((sum, value) => sum + value, 0) / small.length;
    for (let i = 0; i < small.length; i++)
      embeddings[item * rawPixelDimension + i] = small[i]! - mean;
  }
  return embeddings;
}
