/** Pictures as small ones. */
import sharp from "sharp";

/** The whole picture, upright, within side x side, as WebP on white. libvips works in threads of its own. */
export const thumbnail = (bytes: Uint8Array, side: number): Promise<Buffer> =>
  sharp(bytes)
    .autoOrient()
    .flatten({ background: "#ffffff" })
    .resize(side, side, { fit: "inside", withoutEnlargement: true })
    .webp({ quality: 82 })
    .toBuffer();
