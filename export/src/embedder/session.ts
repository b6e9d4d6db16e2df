/** Runs an exported embedder with onnxruntime. */
import { availableParallelism } from "node:os";
import * as ort from "@plumage/models/onnxruntime";

export interface EmbedderSession {
  /** @param images RGB bytes [count, S, S, 3] @returns embeddings [count, dimension] */
  embed(images: Uint8Array, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Opens a session on the CPU, with all cores. @param size of the input images in pixels */
export async function openSession(bytes: Uint8Array, size: number): Promise<EmbedderSession> {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ["cpu"],
    intraOpNumThreads: availableParallelism(),
    logSeverityLevel: 3,
  });
  return {
    async embed(images, count) {
      const { embeddings } = await session.run({
        images: new ort.Tensor("uint8", images, [count, size, size, 3]),
      });
      return embeddings!.data as Float32Array;
    },
    close: () => session.release(),
  };
}

/** Cosines between corresponding rows of two matrices with unit-length rows. */
export function rowCosines(a: Float32Array, b: Float32Array, dimension: number): number[] {
  const cosines: number[] = [];
  for (let start = 0; start < a.length; start += dimension) {
    let dot = 0;
    for (let i = start; i < start + dimension; i++) dot += a[i]! * b[i]!;
    cosines.push(dot);
  }
  return cosines;
}

/** The smallest cosine between corresponding rows of two matrices with unit-length rows. */
export const smallestCosine = (a: Float32Array, b: Float32Array, dimension: number): number =>
  Math.min(1, ...rowCosines(a, b, dimension));

const speedBatch = 16;
const speedRuns = 3;

/**
 * Measures the throughput of each session in images per second: batches of 16, median of 3 runs.
 * Sessions take turns, so that other load on the machine affects all of them. Each turn begins with
 * one image that is not timed, because the previous session's threads still spin.
 */
export async function imagesPerSecond(
  sessions: readonly EmbedderSession[],
  size: number,
): Promise<number[]> {
  const images = new Uint8Array(speedBatch * size * size * 3).fill(127);
  const rates = sessions.map((): number[] => []);
  // The first batch allocates memory.
  for (const session of sessions) await session.embed(images, speedBatch);
  for (let run = 0; run < speedRuns; run++) {
    for (const [i, session] of sessions.entries()) {
      await session.embed(images.subarray(0, size * size * 3), 1);
      const start = performance.now();
      await session.embed(images, speedBatch);
      rates[i]!.push((speedBatch / (performance.now() - start)) * 1000);
    }
  }
  return rates.map((each) => each.sort((a, b) => a - b)[speedRuns >> 1]!);
}
