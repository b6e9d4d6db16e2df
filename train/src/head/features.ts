/** Computes the features of a data set's images, or finds them in the cache. */
import { readFile } from "node:fs/promises";
import type { Item } from "@plumage/models";
import { progress } from "@plumage/models/cli";
import { sha256 } from "@plumage/models/node";
import { evaluationBatches } from "../data/batches/pixels.ts";
import { FeatureCache, featureFolder } from "./featureCache.ts";
import { type FrozenEncoder, openEncoder } from "./frozenEncoder.ts";

/** Images per run of the encoder. */
const batchSize = 16;
/** Files that are read at a time for their digests. */
const readAtOnce = 16;

type Region = Pick<Item, "path" | "box">;

export interface Features {
  /** Of the items of this data set, one after the other: [items, length]. */
  rows(items: readonly Region[]): Float32Array;
}

/**
 * Encodes every image that is not in the cache, showing progress. What is encoded stays in the
 * cache, also after an abort.
 *
 * @param folder of the cache
 * @throws PlumageError "bad-image" for an image that cannot be read
 * @throws the signal's reason once it is aborted
 */
export async function encodeItems(
  encoder: FrozenEncoder,
  items: readonly Region[],
  signal: AbortSignal,
  print: (line: string) => void,
  folder = featureFolder(encoder.shape),
): Promise<Features> {
  const { features, channels, resize } = encoder.shape;
  const length = features.length * channels;
  const keys = await digests(items, signal);
  const cache = await FeatureCache.open(folder, length, new Set(keys.values()));
  const keyOf = (item: Region) => keys.get(regionOf(item))!;
  const missing = new Map(
    items.flatMap((item) => (cache.get(keyOf(item)) ? [] : [[keyOf(item), item] as const])),
  );
  if (missing.size < items.length)
    print(`features: ${items.length - missing.size} of ${items.length} images are in the cache`);
  if (missing.size > 0) {
    const session = await openEncoder(encoder);
    const bar = progress("encoding", missing.size, "images");
    const [rows, regions] = [[...missing.keys()], [...missing.values()]];
    try {
      for await (const { images, count, start } of evaluationBatches(regions, resize, batchSize)) {
        signal.throwIfAborted();
        const found = await session.run(images, count);
        for (let i = 0; i < count; i++)
          await cache.add(rows[start + i]!, found.slice(i * length, (i + 1) * length));
        bar.advance(count);
        // The encoder runs in a single native call: let Ctrl-C be handled.
        await new Promise(setImmediate);
      }
      bar.finish();
    } finally {
      await session.close();
      await cache.save();
    }
  }
  return {
    rows(chosen) {
      const joined = new Float32Array(chosen.length * length);
      for (const [row, item] of chosen.entries()) joined.set(cache.get(keyOf(item))!, row * length);
      return joined;
    },
  };
}

/** What is encoded of a file, as a key of this process. */
const regionOf = ({ path, box }: Region): string => `${boxText(box)} ${path}`;

const boxText = (box: Region["box"]): string =>
  box ? `${box.x},${box.y},${box.width},${box.height}` : "whole";

/** What is encoded, whatever the file is called: the file's digest and the box. */
async function digests(
  items: readonly Region[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (let start = 0; start < items.length; start += readAtOnce) {
    signal.throwIfAborted();
    await Promise.all(
      items.slice(start, start + readAtOnce).map(async (item) => {
        const key = `${sha256(await readFile(item.path)).slice(0, 32)}:${boxText(item.box)}`;
        found.set(regionOf(item), key);
      }),
    );
  }
  return found;
}
