/** Thumbnails of encoded images. */
import { imageFormat, isPortable } from "@plumage/models";
import { decodeImage } from "@plumage/models/node";
import sharp, { type Sharp } from "sharp";

/**
 * Fits an image into a square of `size` pixels, as WebP on white. It is turned upright by its EXIF
 * orientation, except for a WebP, which browsers and the network show as stored. libvips runs in
 * threads of its own.
 *
 * @throws if the bytes are not an intact image
 */
export async function thumbnail(bytes: Uint8Array, size: number): Promise<Buffer> {
  const image = await upright(bytes);
  return image
    .flatten({ background: "#ffffff" })
    .resize(size, size, { fit: "inside", withoutEnlargement: true })
    .webp({ quality: 82 })
    .toBuffer();
}

async function upright(bytes: Uint8Array): Promise<Sharp> {
  const format = imageFormat(bytes);
  if (isPortable(format)) {
    const { width, height, data } = await decodeImage(bytes);
    return sharp(data, { raw: { width, height, channels: 3 } });
  }
  return format === "WebP" ? sharp(bytes) : sharp(bytes).autoOrient();
}
