/** The output of the soak test, and whether the server passed. */
import { probe, type Reading } from "./readings.ts";
import type { Tally } from "./tally.ts";

/** Largest accepted growth of memory at rest from the middle third to the last. */
const maxGrowth = 0.05;
/**
 * Longest accepted turn of the event loop, in milliseconds of CPU time at the speed that the
 * machine had in its best interval.
 */
const maxTurnMs = 20;

/** Most memory of the server and its decoders, in bytes. */
const maxMemory = 1.5e9;
/** Longest search of a small image while others attack, but for one in a hundred. */
const maxSearchMs = 1000;

interface Results {
  readonly readings: readonly Reading[];
  readonly tally: Pick<Tally, "statuses" | "failures">;
  /** Of searches with small images, in milliseconds. */
  readonly durations: readonly number[];
  /** Of the server and of each decoder, when they took most together. */
  readonly peakBytes: readonly number[];
}

export const header =
  "minutes  resident MB  heap MB  loop delay p99 ms  max ms  longest turn ms  peer ms  requests";

export const rowOf = (reading: Reading, requests: number): string =>
  [
    reading.minutes.toFixed(1).padStart(7),
    reading.residentMB.toFixed(0).padStart(12),
    reading.heapMB.toFixed(0).padStart(8),
    reading.delayP99Ms.toFixed(1).padStart(18),
    reading.delayMaxMs.toFixed(1).padStart(7),
    (reading.longestTurnMs?.toFixed(1) ?? "?").padStart(16),
    (reading.peerMs?.toFixed(2) ?? "?").padStart(8),
    String(requests).padStart(9),
  ].join(" ");

export const jsonOf = ({ readings, tally, durations, peakBytes }: Results) => ({
  readings,
  statuses: Object.fromEntries(tally.statuses),
  failures: [...tally.failures],
  searchP99Ms: quantile(durations, 0.99),
  peakBytes,
});

/** Prints the summary. @returns whether the server passed */
export function report(results: Results, print: (line: string) => void): boolean {
  const { readings, tally, durations, peakBytes } = results;
  const growth = growthOf(readings.map(({ residentMB }) => residentMB));
  const measured = Math.max(...readings.map(({ longestTurnMs = 0 }) => longestTurnMs));
  const longestTurn = longestAtBestSpeed(readings);
  const p99 = quantile(durations, 0.99);
  const peak = peakBytes.reduce((sum, bytes) => sum + bytes, 0);
  const counts = [...tally.statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${count} x ${status}`);
  print(`answers: ${counts.join(", ")}`);
  for (const failure of tally.failures) print(`failure: ${failure}`);
  const percent = `${growth < 0 ? "" : "+"}${(growth * 100).toFixed(1)}%`;
  print(`growth of memory at rest from the middle third to the last: ${percent}`);
  if (probe) {
    const parts = peakBytes.map((bytes) => (bytes / 1e6).toFixed(0)).join(" + ");
    print(`most memory of the server and its decoders: ${(peak / 1e6).toFixed(0)} MB (${parts})`);
    print(
      `longest turn of the event loop: ${measured.toFixed(1)} ms of CPU time, ` +
        `${longestTurn.toFixed(1)} ms at the machine's best speed`,
    );
  }
  const median = quantile(durations, 0.5).toFixed(0);
  const longest = Math.max(...durations).toFixed(0);
  print(
    `${durations.length} searches of a small image: median ${median} ms, 99% within ` +
      `${p99.toFixed(0)} ms, longest ${longest} ms`,
  );
  return (
    tally.failures.size === 0 &&
    growth <= maxGrowth &&
    peak <= maxMemory &&
    longestTurn <= maxTurnMs &&
    p99 <= maxSearchMs
  );
}

/** The longest turn, if the machine had always been as fast as in its best interval. */
function longestAtBestSpeed(readings: readonly Reading[]): number {
  const best = Math.min(...readings.map(({ peerMs = 1 }) => peerMs));
  return Math.max(
    ...readings.map(({ longestTurnMs = 0, peerMs = 1 }) => longestTurnMs * (best / peerMs)),
  );
}

/** How much the mean of the last third exceeds that of the middle third. */
function growthOf(values: readonly number[]): number {
  const third = Math.floor(values.length / 3);
  const mean = (from: number, to: number) =>
    values.slice(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
  return mean(2 * third, values.length) / mean(third, 2 * third) - 1;
}

const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? 0;
