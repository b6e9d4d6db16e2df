/** Embeds held-out images with the fp32 file in this process, as a gallery to search. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cropAndResize, goldenEmbedding, type Manifest, variantFile } from "@plumage/models";
import { decodeImage, readItems, storePaths } from "@plumage/models/node";
import * as ort from "@plumage/models/onnxruntime";

export interface Gallery {
  readonly count: number;
  /** float32 [count, dimension], unit length. */
  readonly embeddings: Float32Array<ArrayBuffer>;
}

/**
 * Without items.jsonl, as after an import without a data set, the gallery is the goldens.
 *
 * @param folder the model's
 * @param size largest number of images
 */
export async function heldOutGallery(
  folder: string,
  manifest: Manifest,
  size: number,
): Promise<Gallery> {
  const { dimension, preprocessing } = manifest;
  if (!existsSync(storePaths(folder).items)) return goldenGallery(manifest);
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

function goldenGallery({ goldens, dimension }: Manifest): Gallery {
  const embeddings = new Float32Array(goldens.length * dimension);
  for (const [row, golden] of goldens.entries())
    embeddings.set(goldenEmbedding(golden), row * dimension);
  return { count: goldens.length, embeddings };
}
