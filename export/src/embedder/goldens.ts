/** Golden inputs: a few held-out pictures, as the very bytes that the graph takes. */
import { readFile } from "node:fs/promises";
import { cropAndResize, type Item, PlumageError } from "@plumage/models";
import { decodeImage } from "@plumage/models/node";

/** Enough to notice a provider that computes wrongly, few enough to check at every start. */
const goldenCount = 4;

/** Pictures spread over the held-out items: RGB bytes [S, S, 3] each. */
export async function goldenPixels(items: readonly Item[], sides: readonly number[]): Promise<Uint8Array[]> {
  const heldOut = items.filter((item) => item.split === "test");
  const pool = heldOut.length > 0 ? heldOut : items;
  if (pool.length === 0) throw new PlumageError("bad-file", "items.jsonl is empty", "run: npm run train");
  const count = Math.min(goldenCount, pool.length);
  const chosen = Array.from({ length: count }, (_, i) => pool[Math.floor(((i + 0.5) * pool.length) / count)]!);
  return Promise.all(
    chosen.map(async ({ path, box }) => cropAndResize(await decodeImage(await readFile(path)), sides, box)),
  );
}
