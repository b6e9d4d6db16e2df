/** Thumbnails of encoded images. */
import { imageFormat } from "@plumage/models";
import sharp from "sharp";

/**
 * Fits an image into a square of `size` pixels, as WebP on white. It is turned upright by its EXIF
 * orientation, except for a WebP, which browsers and the network show as stored. libvips runs in
 * threads of its own.
 *
 * @throws if the bytes are not an intact image
 */
export async function thumbnail(bytes: Uint8Array, size: number): Promise<Buffer> {
  const image = sharp(bytes);
  return (imageFormat(bytes) === "WebP" ? image : image.autoOrient())
    .flatten({ background: "#ffffff" })
    .resize(size, size, { fit: "inside", withoutEnlargement: true })
    .webp({ quality: 82 })
    .toBuffer();
}
