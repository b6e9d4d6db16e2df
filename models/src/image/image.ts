/** Raw images and boxes, as every package passes them around. */
import { z } from "zod";

/**
 * A decoded image: 8-bit sRGB, rows from the top, three bytes a pixel (red, green, blue), no
 * padding.
 */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** width * height * 3 bytes. */
  readonly data: Uint8Array;
}

/**
 * A rectangle in pixels of the upright image; x and y are the left upper corner. Fractions are
 * allowed (CUB has them).
 */
export const boxSchema = z.object({
  x: z.number().nonnegative(),
  y: z.number().nonnegative(),
  width: z.number().positive(),
  height: z.number().positive(),
});
/** A part of an image, in pixels of the upright image. */
export type Box = z.infer<typeof boxSchema>;
