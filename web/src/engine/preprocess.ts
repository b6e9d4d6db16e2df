/** A picture file to raw pixels, with the same bits as the server's path gives. */
import { PlumageError, type RgbImage } from "@plumage/models";

/** As the server's limit: more is refused before a canvas is made for it. */
const maxPixels = 100_000_000;

/**
 * Decodes a picture file: upright by its EXIF orientation, in sRGB, transparent parts over white, first frame.
 *
 * @throws PlumageError "bad-image" if this browser cannot read it
 */
export async function decode(blob: Blob): Promise<RgbImage> {
  // No resize options here: browsers' resizers differ.
  const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" }).catch((error: unknown) => {
    throw new PlumageError(
      "bad-image",
      "this is no picture that the browser can read",
      "JPEG, PNG, WebP, GIF and AVIF work",
      {
        cause: error,
      },
    );
  });
  try {
    const { width, height } = bitmap;
    if (width * height > maxPixels)
      throw new PlumageError(
        "bad-image",
        `the picture has ${width} x ${height} pixels`,
        `at most ${maxPixels} are read`,
      );
    // willReadFrequently keeps the canvas in main memory, where one pixel stays one pixel.
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
    context.fillStyle = "white";
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0);
    return { width, height, data: withoutAlpha(context.getImageData(0, 0, width, height).data) };
  } finally {
    bitmap.close();
  }
}

function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from]!;
    rgb[to + 1] = rgba[from + 1]!;
    rgb[to + 2] = rgba[from + 2]!;
  }
  return rgb;
}
