/** Exact search over packed embeddings, on the CPU or, where it is faster and agrees, on a GPU. */
import { type ScoredRow, topK } from "@plumage/models";
import type { ProviderName } from "../inference/providers.ts";
import type { EmbeddingRows } from "./cosines/cosines.ts";

/** Where the gallery is searched, and how long one search takes. */
export interface SearchInfo {
  readonly by: ProviderName;
  readonly rows: number;
  /** Milliseconds on each provider that was measured. */
  readonly times: Readonly<Partial<Record<ProviderName, number>>>;
  /** Why the GPU cannot search, if it was tried and failed. */
  readonly obstacle: string | undefined;
}

/** The same rows on a GPU. */
export interface GpuSearch {
  cosines(query: Float32Array): Promise<Float32Array>;
  close(): void;
}

/** A GPU round trip takes about this long, so searches that are faster stay on the CPU. */
const gpuRoundTripMs = 4;
/** Allowed difference of a cosine: summation order changes float32 sums by about 1e-7. */
const tolerance = 1e-5;
const measuredRuns = 3;

export class VectorSearch {
  readonly rows: EmbeddingRows;
  #gpu: GpuSearch | undefined;

  constructor(rows: EmbeddingRows) {
    this.rows = rows;
  }

  /**
   * The k rows nearest to a query, best first.
   *
   * @param query [dimension], unit length
   */
  async nearest(
    query: Float32Array,
    k: number,
    accepts: (row: number) => boolean,
  ): Promise<ScoredRow[]> {
    if (this.#gpu) {
      try {
        return topK(await this.#gpu.cosines(query), k, accepts);
      } catch {
        // The device was lost (driver reset, sleep); the CPU has the rows as well.
        this.#gpu = undefined;
      }
    }
    // Synchronous: the next call overwrites these scores.
    return topK(this.rows.cosines(query), k, accepts);
  }

  /**
   * Times both processors with a row as the query, and uses the faster one from now on.
   *
   * @param openGpu copies the rows to a GPU; omitted if there is none to trust
   */
  async chooseProvider(openGpu?: (rows: EmbeddingRows) => Promise<GpuSearch>): Promise<SearchInfo> {
    const { rows } = this;
    const query = rows.row(rows.count >> 1);
    const wasm = await medianTime(() => rows.cosines(query));
    const info = { by: "wasm", rows: rows.count, times: { wasm }, obstacle: undefined } as const;
    if (!openGpu || wasm < gpuRoundTripMs) return info;
    let gpu: GpuSearch | undefined;
    try {
      const opened = await openGpu(rows);
      gpu = opened;
      const scores = await opened.cosines(query);
      const expected = rows.cosines(query);
      // NaN fails this comparison.
      if (!scores.every((score, row) => Math.abs(score - expected[row]!) <= tolerance))
        throw new Error("wrong scores");
      const webgpu = await medianTime(() => opened.cosines(query));
      const isFaster = webgpu < wasm;
      if (isFaster) this.#gpu = opened;
      return { ...info, by: isFaster ? "webgpu" : "wasm", times: { wasm, webgpu } };
    } catch (error) {
      return { ...info, obstacle: (error as Error).message.split("\n", 1)[0]! };
    } finally {
      if (!this.#gpu) gpu?.close();
    }
  }
}

/** Milliseconds, after one warm-up run. */
async function medianTime(search: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run <= measuredRuns; run++) {
    const begin = performance.now();
    await search();
    times.push(performance.now() - begin);
  }
  return times.slice(1).sort((a, b) => a - b)[measuredRuns >> 1]!;
}
