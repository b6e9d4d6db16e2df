/**
 * Loaded into the server before anything else: measures the CPU time of the event loop's longest
 * turn, and the least resident memory. The loop's delay on the clock would include the time that
 * the system gives to other threads, and memory at one moment the 20 MB of each request in flight.
 */
import { readFileSync } from "node:fs";

/** CPU time of the main thread, in nanoseconds (Linux, Documentation/scheduler/sched-stats.rst). */
const statistics = `/proc/self/task/${process.pid}/schedstat`;
const cpuMs = () => Number(readFileSync(statistics, "latin1").split(" ", 1)[0]) / 1e6;
const turnIntervalMs = 2;
const memoryIntervalMs = 250;

export interface ProbeReading {
  /** CPU time of the longest turn since the last reading, in milliseconds. */
  readonly longestTurnMs: number;
  /** Least resident memory since the last reading, in bytes. */
  readonly minResident: number;
}

let before = cpuMs();
let longestTurnMs = 0;
setInterval(() => {
  const now = cpuMs();
  longestTurnMs = Math.max(longestTurnMs, now - before);
  before = now;
}, turnIntervalMs).unref();

let minResident = Number.POSITIVE_INFINITY;
const measureMemory = () => {
  minResident = Math.min(minResident, process.memoryUsage.rss());
};
setInterval(measureMemory, memoryIntervalMs).unref();

process.on("message", () => {
  measureMemory();
  process.send!({ longestTurnMs, minResident } satisfies ProbeReading);
  longestTurnMs = 0;
  minResident = Number.POSITIVE_INFINITY;
});
// The channel must not keep the server alive.
process.channel!.unref();
