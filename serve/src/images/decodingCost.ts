/** What it costs to decode an image: pixels, weighted by the memory that their format takes. */
import { type ImageFormat, imageFormat, PlumageError } from "@plumage/models";
import { imageSize as parsedSize } from "image-size";

/** The most expensive image that is decoded: 8192 x 8192 pixels, which take about 600 MB. */
export const maxCost = 2 ** 26;

/** The most expensive image that is decoded beside others: 16 megapixels. */
export const maxSharedCost = 2 ** 24;

/** What even an image of one pixel counts for. */
const minCost = 2 ** 19;

/**
 * Of formats whose decoder takes more than 9 bytes per pixel: AVIF takes 17, the others 12. So the
 * 48 megapixels of a phone are within the limit.
 */
const weights: Partial<Record<ImageFormat, number>> = { AVIF: 2, HEIC: 4 / 3, TIFF: 4 / 3 };

interface Size {
  readonly width: number;
  readonly height: number;
}

const weightedPixels = (bytes: Uint8Array, { width, height }: Size): number =>
  width * height * (weights[imageFormat(bytes)] ?? 1);

/**
 * The cost of an image by its header as a decoder reads it.
 *
 * @throws PlumageError "bad-image" for an image beyond the limit
 */
export function decodingCost(bytes: Uint8Array, size: Size): number {
  const cost = weightedPixels(bytes, size);
  if (cost > maxCost) {
    const limit = maxCost / (weights[imageFormat(bytes)] ?? 1);
    throw new PlumageError(
      "bad-image",
      `the image has ${size.width} x ${size.height} pixels`,
      `the limit is ${limit} pixels`,
    );
  }
  return Math.max(cost, minCost);
}

/**
 * The cost that an image announces, without a decoder. It decides where the image waits; a file may
 * lie about it, so the decoder asks again.
 */
export function announcedCost(bytes: Uint8Array): number {
  try {
    return Math.max(weightedPixels(bytes, parsedSize(bytes)), minCost);
  } catch {
    return minCost;
  }
}
