/** The output of the soak test, and whether the server passed. */
import { probe, type Reading } from "./readings.ts";

/** Largest accepted growth of resident memory from the middle third to the last. */
const maxGrowth = 0.05;
/** Longest accepted turn of the event loop, in milliseconds of CPU time. */
const maxTurnMs = 20;

/** Answers by status, and unexpected answers. */
export interface Tally {
  readonly statuses: ReadonlyMap<number, number>;
  readonly failures: ReadonlySet<string>;
  readonly requests: number;
}

export const header =
  "minutes  resident MB  heap MB  loop delay p99 ms  max ms  longest turn ms  requests";

export const rowOf = (reading: Reading, requests: number): string =>
  [
    reading.minutes.toFixed(1).padStart(7),
    reading.residentMB.toFixed(0).padStart(12),
    reading.heapMB.toFixed(0).padStart(8),
    reading.delayP99Ms.toFixed(1).padStart(18),
    reading.delayMaxMs.toFixed(1).padStart(7),
    (reading.longestTurnMs?.toFixed(1) ?? "?").padStart(16),
    String(requests).padStart(9),
  ].join(" ");

export const jsonOf = ({ statuses, failures }: Tally) => ({
  statuses: Object.fromEntries(statuses),
  failures: [...failures],
});

/** Prints the summary. @returns whether the server passed */
export function report(
  readings: readonly Reading[],
  { statuses, failures }: Tally,
  print: (line: string) => void,
): boolean {
  const third = Math.floor(readings.length / 3);
  const meanResident = (from: number, to: number) =>
    readings.slice(from, to).reduce((sum, { residentMB }) => sum + residentMB, 0) / (to - from);
  const growth = meanResident(2 * third, readings.length) / meanResident(third, 2 * third) - 1;
  const longestTurn = Math.max(...readings.map(({ longestTurnMs = 0 }) => longestTurnMs));
  const counts = [...statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${count} x ${status}`);
  print(`answers: ${counts.join(", ")}`);
  for (const failure of failures) print(`failure: ${failure}`);
  const percent = `${growth < 0 ? "" : "+"}${(growth * 100).toFixed(1)}%`;
  print(`growth of resident memory from the middle third to the last: ${percent}`);
  if (probe) print(`longest turn of the event loop: ${longestTurn.toFixed(1)} ms of CPU time`);
  return failures.size === 0 && growth <= maxGrowth && longestTurn <= maxTurnMs;
}
