/** A client that only searches with small images, and notes how long it waits. */
import { setTimeout as wait } from "node:timers/promises";
import type { Tally } from "./tally.ts";

const pauseMs = 50;

/** Searches until the signal aborts. @returns the durations of its requests, in milliseconds */
export async function searchPatiently(
  url: string,
  body: Uint8Array<ArrayBuffer>,
  tally: Tally,
  signal: AbortSignal,
): Promise<number[]> {
  const durations: number[] = [];
  while (!signal.aborted) {
    const start = performance.now();
    await tally.count("POST /search", fetch(`${url}/search`, { method: "POST", body }));
    durations.push(performance.now() - start);
    await wait(pauseMs);
  }
  return durations;
}
