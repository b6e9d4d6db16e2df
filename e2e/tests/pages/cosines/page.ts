/** The page of cosines.spec.ts: compares the search on WebGPU with that on WebAssembly. */
import { encodeFloat16, uniform } from "@plumage/models";
import { EmbeddingRows } from "@plumage/web/cosines";
import { GpuRows } from "@plumage/web/gpuCosines";

declare global {
  interface Window {
    /**
     * The largest difference of two scores, over several concurrent queries.
     *
     * @param bufferBytes largest size of a GPU buffer
     */
    compareCosines(count: number, dimension: number, bufferBytes: number): Promise<number>;
  }
}

const queries = 3;

window.compareCosines = async (count, dimension, bufferBytes) => {
  const next = uniform(count + dimension);
  const values = Float32Array.from({ length: count * dimension }, () => next() - 0.5);
  // A row of zeros scores 0 with every query.
  values.fill(0, 0, count > 1 ? dimension : 0);
  const rows = new EmbeddingRows(encodeFloat16(values), dimension);
  const gpu = await GpuRows.open(rows, bufferBytes);
  const all = Array.from({ length: queries }, (_, i) =>
    rows.row(Math.floor(((i + 0.5) * count) / queries)),
  );
  const found = await Promise.all(all.map((query) => gpu.cosines(query)));
  gpu.close();
  const isRejected = await gpu.cosines(all[0]!).then(
    () => false,
    () => true,
  );
  if (!isRejected) throw new Error("a closed device answered");
  let largest = 0;
  for (const [i, query] of all.entries()) {
    for (const [row, score] of rows.cosines(query).entries()) {
      const difference = Math.abs(score - found[i]![row]!);
      // Keeps NaN.
      if (!(difference <= largest)) largest = difference;
    }
  }
  return largest;
};
