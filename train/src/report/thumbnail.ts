/** Thumbnails as data URIs, to be embedded in a page. */
import { readFile } from "node:fs/promises";
import type { Item } from "@plumage/models";
import { decodeImage } from "@plumage/models/node";
import sharp from "sharp";

/**
 * Reads an item's image, cropped to its box, as a square JPEG.
 *
 * @param fit "contain" shows the whole image on white, "cover" its center
 */
export async function readThumbnail(
  { path, box }: Item,
  size: number,
  fit: "contain" | "cover",
): Promise<string> {
  const { width, height, data } = await decodeImage(await readFile(path));
  const left = Math.min(Math.floor(box?.x ?? 0), width - 1);
  const top = Math.min(Math.floor(box?.y ?? 0), height - 1);
  const region = {
    left,
    top,
    width: Math.max(1, Math.min(Math.round(box?.width ?? width), width - left)),
    height: Math.max(1, Math.min(Math.round(box?.height ?? height), height - top)),
  };
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .extract(region)
    .resize(size, size, { fit, background: "#ffffff" })
    .jpeg({ quality: 90, chromaSubsampling: "4:4:4" })
    .toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString("base64")}`;
}
