/** The page of `npm run bench -- web`: times the search over half floats and a plain loop. */
import { decodeFloat16, encodeFloat16, neighborRecall, topK, uniform } from "@plumage/models";
import { EmbeddingRows } from "@plumage/web/cosines";
import { GpuRows } from "@plumage/web/gpuCosines";

export interface SearchTimes {
  /** Milliseconds of each search for the best twelve. */
  readonly wasm: number[];
  readonly webgpu: number[] | undefined;
  readonly plain: number[];
}

declare global {
  interface Window {
    /** @param onGpu whether to time the search on WebGPU, too */
    timeSearch(
      count: number,
      dimension: number,
      runs: number,
      onGpu: boolean,
    ): Promise<SearchTimes>;
    /**
     * recall@10 of the page's search among real embeddings, compared with float32.
     *
     * @param url a file of embeddings, float32, little endian
     * @param queries how many of them search for their neighbors
     */
    recall(url: string, dimension: number, queries: number): Promise<number>;
  }
}

const k = 12;

/** Half floats of either sign with magnitudes from 2^-7 to 2^-5, as in embeddings. */
function halfFloats(count: number): Uint8Array {
  const next = uniform(1);
  return new Uint8Array(
    Uint16Array.from({ length: count }, () => 0x2000 + ((next() * 0x1000) & 0x87ff)).buffer,
  );
}

function plainCosines(rows: Float32Array, query: Float32Array): Float32Array {
  const dimension = query.length;
  const scores = new Float32Array(rows.length / dimension);
  for (let row = 0; row < scores.length; row++) {
    let sum = 0;
    const start = row * dimension;
    for (let i = 0; i < dimension; i++) sum += rows[start + i]! * query[i]!;
    scores[row] = sum;
  }
  return scores;
}

window.recall = async (url, dimension, queries) => {
  const exact = new Float32Array(await (await fetch(url)).arrayBuffer());
  const count = exact.length / dimension;
  const rows = new EmbeddingRows(encodeFloat16(exact), dimension);
  const found: number[][] = [];
  const expected: number[][] = [];
  for (let i = 0; i < queries; i++) {
    const row = Math.floor((i * count) / queries);
    const query = exact.subarray(row * dimension, (row + 1) * dimension);
    // Ten without the query itself.
    const neighbors = (cosines: Float32Array) =>
      topK(cosines, 11).flatMap(({ index }) => (index === row ? [] : [index]));
    found.push(neighbors(rows.cosines(query)));
    expected.push(neighbors(plainCosines(exact, query)));
  }
  return neighborRecall(found, expected);
};

window.timeSearch = async (count, dimension, runs, onGpu) => {
  const packed = halfFloats(count * dimension);
  const rows = new EmbeddingRows(packed, dimension);
  const query = rows.row(count >> 1);
  const timesOf = async (cosines: () => Float32Array | Promise<Float32Array>) => {
    const times: number[] = [];
    for (let run = 0; run <= runs; run++) {
      const start = performance.now();
      const [best] = topK(await cosines(), k);
      if (best?.index !== count >> 1)
        throw new Error(`row ${best?.index} is nearest to row ${count >> 1}`);
      times.push(performance.now() - start);
    }
    return times.slice(1);
  };
  const wasm = await timesOf(() => rows.cosines(query));
  const gpu = onGpu ? await GpuRows.open(rows) : undefined;
  const webgpu = gpu && (await timesOf(() => gpu.cosines(query)));
  gpu?.close();
  const plain = decodeFloat16(packed);
  return { wasm, webgpu, plain: await timesOf(() => plainCosines(plain, query)) };
};
