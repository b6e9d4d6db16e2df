/** Decodes image files to the same pixels, bit for bit, as the server. */
import {
  checkPixels,
  imageFormat,
  isPortable,
  maxImagePixels,
  PlumageError,
  type PortableFormat,
  type RgbImage,
  stripCmykProfile,
} from "@plumage/models";
import type { PortableDecoders, PortableDecodersOptions } from "@plumage/models/decoders";

/** Longest side of a thumbnail, as in gallery packs. */
const thumbnailSize = 128;

/** What can be drawn on a canvas. */
type Drawable = ImageBitmap | OffscreenCanvas;

/**
 * Decodes the first frame of image files: upright by their orientation, in sRGB, on white. Every
 * method throws PlumageError "bad-image" for what cannot be read.
 */
export class ImageDecoder {
  readonly #loadLibheif: PortableDecodersOptions["loadLibheif"];
  #portable: PortableDecoders | undefined;

  /** @param loadLibheif called for the first HEIC file; what it throws, decoding throws */
  constructor(loadLibheif: PortableDecodersOptions["loadLibheif"]) {
    this.#loadLibheif = loadLibheif;
  }

  decode(blob: Blob): Promise<RgbImage> {
    return this.#open(blob, async (image) => image);
  }

  /** Also makes a thumbnail (WebP where the browser can encode it). */
  decodeWithThumbnail(blob: Blob): Promise<{ image: RgbImage; thumbnail: Blob }> {
    return this.#open(blob, async (image, drawable) => ({
      image,
      thumbnail: await thumbnailOf(drawable),
    }));
  }

  async #open<T>(blob: Blob, use: (image: RgbImage, drawable: Drawable) => Promise<T>): Promise<T> {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    // Rejects what the server rejects, with the same message, even if this browser could read it.
    const format = imageFormat(bytes);
    if (!isPortable(format))
      return withBitmap(bytes, blob.type, (bitmap) => use(pixelsOf(bitmap), bitmap));
    const image = await this.#decodePortable(format, bytes);
    return use(image, canvasOf(image));
  }

  /** Few visits ever see these formats, so their decoders are loaded for the first file. */
  async #decodePortable(format: PortableFormat, bytes: Uint8Array): Promise<RgbImage> {
    const { PortableDecoders } = await import("@plumage/models/decoders");
    this.#portable ??= new PortableDecoders({ loadLibheif: this.#loadLibheif, decodeJpeg });
    return this.#portable.decode(format, bytes, maxImagePixels);
  }
}

const decodeJpeg = (bytes: Uint8Array<ArrayBuffer>, maxPixels: number): Promise<RgbImage> =>
  withBitmap(bytes, "image/jpeg", async (bitmap) => pixelsOf(bitmap), maxPixels);

async function withBitmap<T>(
  bytes: Uint8Array<ArrayBuffer>,
  type: string,
  use: (bitmap: ImageBitmap) => Promise<T>,
  maxPixels = maxImagePixels,
): Promise<T> {
  const format = imageFormat(bytes);
  const source = new Blob([stripCmykProfile(bytes)], { type });
  // Without resize options: browsers' resizers differ.
  const bitmap = await createImageBitmap(source, { imageOrientation: "from-image" }).catch(
    (cause: unknown) => {
      const message = `the ${format} file is damaged, truncated or not supported by this browser`;
      throw new PlumageError("bad-image", message, undefined, { cause });
    },
  );
  try {
    checkPixels(bitmap, maxPixels);
    return await use(bitmap);
  } finally {
    bitmap.close();
  }
}

/** Draws an image on white, stretched to a size. */
function draw(image: Drawable, width: number, height: number) {
  const canvas = new OffscreenCanvas(width, height);
  // willReadFrequently keeps the canvas in main memory: a GPU may change pixel values.
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0, width, height);
  return { canvas, context };
}

function pixelsOf(bitmap: ImageBitmap): RgbImage {
  const { width, height } = bitmap;
  const { context } = draw(bitmap, width, height);
  return { width, height, data: dropAlpha(context.getImageData(0, 0, width, height).data) };
}

function thumbnailOf(image: Drawable): Promise<Blob> {
  const scale = Math.min(1, thumbnailSize / Math.max(image.width, image.height));
  const scaled = (length: number) => Math.max(1, Math.round(length * scale));
  const { canvas } = draw(image, scaled(image.width), scaled(image.height));
  return canvas.convertToBlob({ type: "image/webp", quality: 0.8 });
}

/** A whole image as a JPEG, for browsers that do not show its format. */
export const renderJpeg = (image: RgbImage): Promise<Blob> =>
  canvasOf(image).convertToBlob({ type: "image/jpeg", quality: 0.9 });

function canvasOf({ width, height, data }: RgbImage): OffscreenCanvas {
  const pixels = new ImageData(width, height);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    pixels.data.set(data.subarray(from, from + 3), to);
    pixels.data[to + 3] = 255;
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")!.putImageData(pixels, 0, 0);
  return canvas;
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
