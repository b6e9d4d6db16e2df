/** Limits that an image's header is checked against before it is decoded. */
import { PlumageError } from "../errors.ts";

/** In pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Limit for width * height: a small file can claim billions. */
export const maxImagePixels = 100_000_000;

/** The longest side of a JPEG. Rows or columns of millions of pixels take decoders minutes. */
const maxSide = 65_535;

const tooLarge = ({ width, height }: ImageSize, limit: string) =>
  new PlumageError(
    "bad-image",
    `the image has ${width} x ${height} pixels`,
    `the limit is ${limit}`,
  );

/** @throws PlumageError "bad-image" for a side that no decoder should be given */
export function checkSides(size: ImageSize): void {
  if (Math.max(size.width, size.height) > maxSide) throw tooLarge(size, `${maxSide} pixels a side`);
}

/** @throws PlumageError "bad-image" for more pixels than the limit */
export function checkPixels(size: ImageSize, maxPixels: number): void {
  if (size.width * size.height > maxPixels) throw tooLarge(size, `${maxPixels} pixels`);
}
