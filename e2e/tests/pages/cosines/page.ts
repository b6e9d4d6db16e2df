/**
 * The page that cosines.spec.ts opens: the search on a graphics processor, beside the one on the
 * processor.
 */
import { encodeFloat16, uniform } from "@plumage/models";
import { EmbeddingRows } from "@plumage/web/cosines";
import { GpuRows } from "@plumage/web/gpuCosines";

declare global {
  interface Window {
    /**
     * The largest difference between the two in a score, over several queries that are asked for at
     * once.
     *
     * @param bufferBytes the most that one of the adapter's buffers holds
     */
    compareCosines(count: number, dimension: number, bufferBytes: number): Promise<number>;
  }
}

const queries = 3;

window.compareCosines = async (count, dimension, bufferBytes) => {
  const next = uniform(count + dimension);
  const values = Float32Array.from({ length: count * dimension }, () => next() - 0.5);
  // A row of zeros has no direction, and scores nothing.
  values.fill(0, 0, count > 1 ? dimension : 0);
  const rows = new EmbeddingRows(encodeFloat16(values), dimension);
  const card = await GpuRows.open(rows, bufferBytes);
  const asked = Array.from({ length: queries }, (_, i) =>
    rows.row(Math.floor(((i + 0.5) * count) / queries)),
  );
  const found = await Promise.all(asked.map((query) => card.cosines(query)));
  card.close();
  const lost = await card.cosines(asked[0]!).then(
    () => false,
    () => true,
  );
  if (!lost) throw new Error("a closed device gave an answer");
  let largest = 0;
  for (const [i, query] of asked.entries()) {
    for (const [row, score] of rows.cosines(query).entries()) {
      const difference = Math.abs(score - found[i]![row]!);
      // Written so that NaN is kept.
      if (!(difference <= largest)) largest = difference;
    }
  }
  return largest;
};
