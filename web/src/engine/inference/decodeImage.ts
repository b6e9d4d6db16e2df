/** Decodes image files to the same pixels, bit for bit, as the server. */
import { imageFormat, PlumageError, type RgbImage, stripCmykProfile } from "@plumage/models";

/** The server's limit; checked before a canvas is allocated. */
const maxPixels = 100_000_000;

/** Longest side of a thumbnail, as in gallery packs. */
const thumbnailSize = 128;

/**
 * Decodes the first frame of an image file: upright by its EXIF orientation, in sRGB, on white.
 *
 * @throws PlumageError "bad-image" if this browser cannot read it
 */
export const decodeImage = (blob: Blob): Promise<RgbImage> =>
  withBitmap(blob, async (bitmap) => pixelsOf(bitmap));

/** Decodes an image file and makes a thumbnail (WebP where the browser can encode it). */
export const decodeWithThumbnail = (blob: Blob): Promise<{ image: RgbImage; thumbnail: Blob }> =>
  withBitmap(blob, async (bitmap) => ({
    image: pixelsOf(bitmap),
    thumbnail: await thumbnailOf(bitmap),
  }));

async function withBitmap<T>(blob: Blob, use: (bitmap: ImageBitmap) => Promise<T>): Promise<T> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  // Rejects what the server rejects, with the same message, even if this browser could read it.
  const format = imageFormat(bytes);
  const stripped = stripCmykProfile(bytes);
  const source = stripped === bytes ? blob : new Blob([stripped], { type: blob.type });
  // Without resize options: browsers' resizers differ.
  const bitmap = await createImageBitmap(source, { imageOrientation: "from-image" }).catch(
    (cause: unknown) => {
      const message = `the ${format} file is damaged, truncated or not supported by this browser`;
      throw new PlumageError("bad-image", message, undefined, { cause });
    },
  );
  try {
    const { width, height } = bitmap;
    if (width * height > maxPixels) {
      const message = `the image has ${width} x ${height} pixels`;
      throw new PlumageError("bad-image", message, `the limit is ${maxPixels} pixels`);
    }
    return await use(bitmap);
  } finally {
    bitmap.close();
  }
}

/** Draws a bitmap on white, stretched to a size. */
function draw(bitmap: ImageBitmap, width: number, height: number) {
  const canvas = new OffscreenCanvas(width, height);
  // willReadFrequently keeps the canvas in main memory: a GPU may change pixel values.
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  return { canvas, context };
}

function pixelsOf(bitmap: ImageBitmap): RgbImage {
  const { width, height } = bitmap;
  const { context } = draw(bitmap, width, height);
  return { width, height, data: dropAlpha(context.getImageData(0, 0, width, height).data) };
}

function thumbnailOf(bitmap: ImageBitmap): Promise<Blob> {
  const scale = Math.min(1, thumbnailSize / Math.max(bitmap.width, bitmap.height));
  const scaled = (length: number) => Math.max(1, Math.round(length * scale));
  const { canvas } = draw(bitmap, scaled(bitmap.width), scaled(bitmap.height));
  return canvas.convertToBlob({ type: "image/webp", quality: 0.8 });
}

function dropAlpha(rgba: Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from]!;
    rgb[to + 1] = rgba[from + 1]!;
    rgb[to + 2] = rgba[from + 2]!;
  }
  return rgb;
}
