/** Running an embedder's file here: to make golden embeddings, and to measure variants. */
import { availableParallelism } from "node:os";
import * as ort from "onnxruntime-node";

export interface EmbedderSession {
  /** @param images RGB bytes [count, S, S, 3] @returns [count, dimension] */
  embed(images: Uint8Array, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

export async function openSession(bytes: Uint8Array, side: number): Promise<EmbedderSession> {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ["cpu"],
    intraOpNumThreads: availableParallelism(),
    logSeverityLevel: 3,
  });
  return {
    async embed(images, count) {
      const { embeddings } = await session.run({
        images: new ort.Tensor("uint8", images, [count, side, side, 3]),
      });
      return embeddings!.data as Float32Array;
    },
    close: () => session.release(),
  };
}

/** Cosines between the rows of two matrices of unit rows. */
export function rowCosines(a: Float32Array, b: Float32Array, dimension: number): number[] {
  const cosines: number[] = [];
  for (let start = 0; start < a.length; start += dimension) {
    let dot = 0;
    for (let i = start; i < start + dimension; i++) dot += a[i]! * b[i]!;
    cosines.push(dot);
  }
  return cosines;
}

/** Smallest cosine between rows of two matrices of unit rows. */
export const smallestCosine = (a: Float32Array, b: Float32Array, dimension: number): number =>
  Math.min(1, ...rowCosines(a, b, dimension));

const speedBatch = 16;
const speedRuns = 5;

/**
 * Images a second of each session in batches of 16: the median of a few runs. They take turns, so
 * that whatever else the machine does slows all of them; at each turn a first run is not timed,
 * because the threads of the session before it still spin.
 */
export async function imagesPerSecond(
  sessions: readonly EmbedderSession[],
  side: number,
): Promise<number[]> {
  const images = new Uint8Array(speedBatch * side * side * 3).fill(127);
  const rates = sessions.map((): number[] => []);
  for (let run = 0; run < speedRuns; run++) {
    for (const [i, session] of sessions.entries()) {
      await session.embed(images, speedBatch);
      const start = performance.now();
      await session.embed(images, speedBatch);
      rates[i]!.push((speedBatch / (performance.now() - start)) * 1000);
    }
  }
  return rates.map((each) => each.sort((a, b) => a - b)[speedRuns >> 1]!);
}
