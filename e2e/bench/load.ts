/** Loads a server with requests from several clients at once. */

export interface Load {
  readonly requestsPerSecond: number;
  /** Latency in milliseconds: median and 99th percentile. */
  readonly p50: number;
  readonly p99: number;
}

/**
 * @param bodies request bodies, sent in turn
 * @throws Error for an answer without results
 */
export async function load(
  url: string,
  bodies: readonly Uint8Array<ArrayBuffer>[],
  clients: number,
  seconds: number,
): Promise<Load> {
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  let next = 0;
  const client = async () => {
    while (performance.now() < end) {
      const sent = performance.now();
      const body = bodies[next++ % bodies.length]!;
      const answer = await fetch(url, {
        method: "POST",
        body,
        headers: { "content-type": "image/png" },
      });
      const { results } = (await answer.json()) as { results?: unknown[] };
      if (!results?.length) throw new Error(`${url} answered ${answer.status}`);
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const elapsed = (performance.now() - start) / 1000;
  latencies.sort((a, b) => a - b);
  const percentile = (fraction: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * fraction))]!;
  return {
    requestsPerSecond: latencies.length / elapsed,
    p50: percentile(0.5),
    p99: percentile(0.99),
  };
}
