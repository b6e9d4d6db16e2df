/** Images as small ones. */
import { imageFormat } from "@plumage/models";
import sharp from "sharp";

/**
 * The whole image within side x side, as WebP on white; upright as the network sees it: by its EXIF
 * orientation, but for a WebP, which browsers show as it is stored. libvips works in threads of its
 * own.
 *
 * @throws where the bytes are no image or a damaged one
 */
export async function thumbnail(bytes: Uint8Array, side: number): Promise<Buffer> {
  const image = sharp(bytes);
  return (imageFormat(bytes) === "WebP" ? image : image.autoOrient())
    .flatten({ background: "#ffffff" })
    .resize(side, side, { fit: "inside", withoutEnlargement: true })
    .webp({ quality: 82 })
    .toBuffer();
}
