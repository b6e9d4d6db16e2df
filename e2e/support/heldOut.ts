/** Embeds held-out images with the fp32 file in this process, as a gallery to search. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cropAndResize, type Manifest, variantFile } from "@plumage/models";
import { decodeImage, readItems } from "@plumage/models/node";
import * as ort from "@plumage/models/onnxruntime";

export interface Gallery {
  readonly count: number;
  /** float32 [count, dimension], unit length. */
  readonly embeddings: Float32Array<ArrayBuffer>;
}

/**
 * @param folder the model's, with items.jsonl
 * @param size largest number of images
 */
export async function heldOutGallery(
  folder: string,
  manifest: Manifest,
  size: number,
): Promise<Gallery> {
  const { dimension, preprocessing } = manifest;
  const items = await readItems(folder);
  const heldOut = items.filter(({ split }) => split === "test");
  const pool = heldOut.length > 0 ? heldOut : items;
  const count = Math.min(size, pool.length);
  const { file } = variantFile(manifest);
  const session = await ort.InferenceSession.create(join(folder, file), { logSeverityLevel: 3 });
  const { imageSize, resize } = preprocessing;
  const embeddings = new Float32Array(count * dimension);
  for (let row = 0; row < count; row++) {
    const { path, box } = pool[Math.floor((row * pool.length) / count)]!;
    const pixels = cropAndResize(await decodeImage(await readFile(path)), resize, box);
    const results = await session.run({
      images: new ort.Tensor("uint8", pixels, [1, imageSize, imageSize, 3]),
    });
    embeddings.set(results.embeddings!.data as Float32Array, row * dimension);
  }
  await session.release();
  return { count, embeddings };
}
