/**
 * Loaded into the server before anything else: measures the CPU time of the event loop's longest
 * turn, and memory at rest. The loop's delay on the clock would include the time that the system
 * gives to other threads, and memory under load the 20 MB of each request in flight.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { threadCpuMs } from "./threadCpu.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const turnIntervalMs = 2;

export interface ProbeReading {
  /** CPU time of the longest turn since the last reading, in milliseconds. */
  readonly longestTurnMs: number;
  /** Resident memory after a garbage collection, in bytes. */
  readonly resident: number;
}

let before = threadCpuMs();
let longestTurnMs = 0;
setInterval(() => {
  const now = threadCpuMs();
  longestTurnMs = Math.max(longestTurnMs, now - before);
  before = now;
}, turnIntervalMs).unref();

process.on("message", () => {
  const longest = longestTurnMs;
  collectGarbage();
  process.send!({
    longestTurnMs: longest,
    resident: process.memoryUsage.rss(),
  } satisfies ProbeReading);
  // Without the turn of this collection.
  before = threadCpuMs();
  longestTurnMs = 0;
});
// The channel must not keep the server alive.
process.channel!.unref();
