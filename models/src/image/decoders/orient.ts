/** Turns images upright. */
import type { RgbImage } from "../image.ts";

/**
 * Applies an EXIF or TIFF orientation: 2 to 4 mirror or rotate by half a turn, 5 to 8 swap the
 * sides (TIFF 6.0, section 8, "Orientation"). Any other number leaves the image as it is.
 */
export function orient(image: RgbImage, orientation: number): RgbImage {
  if (!(orientation >= 2 && orientation <= 8)) return image;
  const { width, height, data } = image;
  const swapsSides = orientation >= 5;
  const flipsX = [2, 3, 7, 8].includes(orientation);
  const flipsY = [3, 4, 6, 7].includes(orientation);
  const turned = swapsSides ? { width: height, height: width } : { width, height };
  const result = new Uint8Array(data.length);
  let to = 0;
  for (let y = 0; y < turned.height; y++) {
    for (let x = 0; x < turned.width; x++) {
      const [column, row] = swapsSides ? [y, x] : [x, y];
      const fromX = flipsX ? width - 1 - column : column;
      const fromY = flipsY ? height - 1 - row : row;
      const from = (fromY * width + fromX) * 3;
      result[to++] = data[from]!;
      result[to++] = data[from + 1]!;
      result[to++] = data[from + 2]!;
    }
  }
  return { ...turned, data: result };
}
