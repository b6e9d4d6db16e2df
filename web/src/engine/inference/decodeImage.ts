/** An image file to raw pixels, with the same bits as the server's path gives. */
import { imageFormat, PlumageError, type RgbImage, withoutInkProfile } from "@plumage/models";

/** As the server's limit: more is refused before a canvas is made for it. */
const maxPixels = 100_000_000;

/** Longest side of a thumbnail, as serve makes them. */
const thumbnailSide = 128;

/**
 * Decodes an image file: upright by its EXIF orientation, in sRGB, transparent parts over white,
 * first frame.
 *
 * @throws PlumageError "bad-image" if this browser cannot read it
 */
export const decode = (blob: Blob): Promise<RgbImage> =>
  withBitmap(blob, async (bitmap) => pixelsOf(bitmap));

/** The same, with a small image to show (WebP where the browser writes it). */
export const decodeToKeep = (blob: Blob): Promise<{ image: RgbImage; thumbnail: Blob }> =>
  withBitmap(blob, async (bitmap) => ({
    image: pixelsOf(bitmap),
    thumbnail: await thumbnailOf(bitmap),
  }));

async function withBitmap<T>(blob: Blob, use: (bitmap: ImageBitmap) => Promise<T>): Promise<T> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  // What the server refuses by its first bytes is refused here in the same words, though a browser
  // might read it.
  const format = imageFormat(bytes);
  const kept = withoutInkProfile(bytes);
  const readable = kept === bytes ? blob : new Blob([kept], { type: blob.type });
  // No resize options here: browsers' resizers differ.
  const bitmap = await createImageBitmap(readable, { imageOrientation: "from-image" }).catch(
    (cause: unknown) => {
      const message = `the ${format} file is damaged or cut short, or this browser does not read it`;
      throw new PlumageError("bad-image", message, undefined, { cause });
    },
  );
  try {
    const { width, height } = bitmap;
    if (width * height > maxPixels) {
      const message = `the image has ${width} x ${height} pixels`;
      throw new PlumageError("bad-image", message, `at most ${maxPixels} are read`);
    }
    return await use(bitmap);
  } finally {
    bitmap.close();
  }
}

/** A bitmap on white, stretched to a size. */
function drawn(
  bitmap: ImageBitmap,
  width: number,
  height: number,
): [OffscreenCanvas, OffscreenCanvasRenderingContext2D] {
  const canvas = new OffscreenCanvas(width, height);
  // willReadFrequently keeps the canvas in main memory, where one pixel stays one pixel.
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  return [canvas, context];
}

function pixelsOf(bitmap: ImageBitmap): RgbImage {
  const { width, height } = bitmap;
  const [, context] = drawn(bitmap, width, height);
  return { width, height, data: withoutAlpha(context.getImageData(0, 0, width, height).data) };
}

function thumbnailOf(bitmap: ImageBitmap): Promise<Blob> {
  const scale = Math.min(1, thumbnailSide / Math.max(bitmap.width, bitmap.height));
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  const [canvas] = drawn(bitmap, side(bitmap.width), side(bitmap.height));
  return canvas.convertToBlob({ type: "image/webp", quality: 0.8 });
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
