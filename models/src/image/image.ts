/** Decoded images and crop boxes. */
import { z } from "zod";

/** A decoded image in 8-bit sRGB: rows from top to bottom, three bytes per pixel, no padding. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** width * height * 3 bytes. */
  readonly data: Uint8Array;
}

/**
 * A rectangle in pixels of the upright image; x and y are its top left corner. CUB-200-2011 has
 * fractions.
 */
export const boxSchema = z.object({
  x: z.number().nonnegative(),
  y: z.number().nonnegative(),
  width: z.number().positive(),
  height: z.number().positive(),
});
/** A part of an image, in pixels of the upright image. */
export type Box = z.infer<typeof boxSchema>;
