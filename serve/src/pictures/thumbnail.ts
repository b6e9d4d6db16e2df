/** Pictures as small ones. */
import { pictureFormat } from "@plumage/models";
import sharp from "sharp";

/**
 * The whole picture within side x side, as WebP on white; upright as the network sees it: by its EXIF orientation, but for a
 * WebP, which browsers show as it is stored. libvips works in threads of its own.
 *
 * @throws where the bytes are no picture or a damaged one
 */
export async function thumbnail(bytes: Uint8Array, side: number): Promise<Buffer> {
  const picture = sharp(bytes);
  return (pictureFormat(bytes) === "WebP" ? picture : picture.autoOrient())
    .flatten({ background: "#ffffff" })
    .resize(side, side, { fit: "inside", withoutEnlargement: true })
    .webp({ quality: 82 })
    .toBuffer();
}
