/**
 * Search over rows: on the processor, or on a graphics processor where that is quicker and gives
 * the same.
 */

import { topK } from "@plumage/models";
import type { Hit, SearchInfo } from "../protocol.ts";
import type { EmbeddingRows } from "./cosines/cosines.ts";

/** The rows on a graphics processor (GpuRows). */
export interface Card {
  cosines(query: Float32Array): Promise<Float32Array>;
  close(): void;
}

/**
 * The way to a graphics processor and back takes about this long: what is quicker stays where it
 * is.
 */
const roundTripMs = 4;
/** Of a cosine; sums of float32 in another order differ by some 1e-7. */
const tolerance = 1e-5;
const runs = 3;

export class RowSearch {
  readonly rows: EmbeddingRows;
  #card: Card | undefined;

  constructor(rows: EmbeddingRows) {
    this.rows = rows;
  }

  /**
   * The k rows nearest to a query, best first.
   *
   * @param query [dimension], of unit length
   */
  async best(query: Float32Array, k: number, accepts: (row: number) => boolean): Promise<Hit[]> {
    const card = this.#card;
    if (card) {
      try {
        return topK(await card.cosines(query), k, accepts);
      } catch {
        // The card is lost (a driver that starts again, a laptop that sleeps): the processor has
        // the rows too.
        this.#card = undefined;
      }
    }
    // Nothing else may come between: the scores' memory is that of every call.
    return topK(this.rows.cosines(query), k, accepts);
  }

  /**
   * Measures both ways with one of the rows as the query, and keeps to the quicker one.
   *
   * @param open copies the rows to a graphics processor; left out where there is none to trust
   */
  async choose(open?: (rows: EmbeddingRows) => Promise<Card>): Promise<SearchInfo> {
    const { rows } = this;
    const query = rows.row(rows.count >> 1);
    const wasm = await medianTime(() => rows.cosines(query));
    const info = { by: "wasm", rows: rows.count, times: { wasm }, obstacle: undefined } as const;
    if (!open || wasm < roundTripMs) return info;
    let card: Card | undefined;
    try {
      const opened = await open(rows);
      card = opened;
      const scores = await opened.cosines(query);
      const expected = rows.cosines(query);
      // Written so that NaN is refused.
      if (!scores.every((score, row) => Math.abs(score - expected[row]!) <= tolerance))
        throw new Error("wrong scores");
      const webgpu = await medianTime(() => opened.cosines(query));
      const isQuicker = webgpu < wasm;
      if (isQuicker) this.#card = opened;
      return { ...info, by: isQuicker ? "webgpu" : "wasm", times: { wasm, webgpu } };
    } catch (error) {
      return { ...info, obstacle: (error as Error).message.split("\n", 1)[0]! };
    } finally {
      if (!this.#card) card?.close();
    }
  }
}

/** Milliseconds, after a run that is not counted. */
async function medianTime(search: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const begin = performance.now();
    await search();
    times.push(performance.now() - begin);
  }
  return times.slice(1).sort((a, b) => a - b)[runs >> 1]!;
}
