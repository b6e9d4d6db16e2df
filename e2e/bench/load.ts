/** Asks a server as fast as it answers, from a number of clients at once. */

export interface Load {
  readonly requestsPerSecond: number;
  /** Milliseconds, 99 of 100 answers within p99. */
  readonly p50: number;
  readonly p99: number;
}

/**
 * @param bodies what is sent, in turn
 * @throws Error for an answer that is none
 */
export async function load(
  url: string,
  bodies: readonly Uint8Array<ArrayBuffer>[],
  clients: number,
  seconds: number,
): Promise<Load> {
  const times: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  let next = 0;
  const client = async () => {
    while (performance.now() < end) {
      const start = performance.now();
      const body = bodies[next++ % bodies.length]!;
      const answer = await fetch(url, {
        method: "POST",
        body,
        headers: { "content-type": "image/png" },
      });
      const { results } = (await answer.json()) as { results?: unknown[] };
      if (!results?.length) throw new Error(`${url} answered ${answer.status}`);
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const took = (performance.now() - began) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
  return { requestsPerSecond: times.length / took, p50: at(0.5), p99: at(0.99) };
}
