/**
 * Loaded into the server before anything else: how long one turn of its event loop computes, and
 * how little memory it comes back to. The loop's delay on the clock also holds what the system
 * gives to other threads, and with fewer cores than threads tells nothing of the code; memory at
 * one moment also holds the twenty megabytes of each request under way.
 */
import { readFileSync } from "node:fs";

/**
 * Nanoseconds that the main thread has computed, and others (Linux,
 * Documentation/scheduler/sched-stats.rst).
 */
const statistics = `/proc/self/task/${process.pid}/schedstat`;
const computedMs = () => Number(readFileSync(statistics, "latin1").split(" ", 1)[0]) / 1e6;
const betweenLooksMs = 2;
const betweenWeighingsMs = 250;

export interface Probed {
  readonly turnMostMs: number;
  /** Least resident memory since it was last asked, in bytes. */
  readonly residentLeast: number;
}

let before = computedMs();
let most = 0;
setInterval(() => {
  const now = computedMs();
  most = Math.max(most, now - before);
  before = now;
}, betweenLooksMs).unref();
let least = Number.POSITIVE_INFINITY;
setInterval(() => {
  least = Math.min(least, process.memoryUsage.rss());
}, betweenWeighingsMs).unref();
process.on("message", () => {
  process.send!({
    turnMostMs: most,
    residentLeast: Math.min(least, process.memoryUsage.rss()),
  } satisfies Probed);
  most = 0;
  least = Number.POSITIVE_INFINITY;
});
// The server ends when it has nothing more to do.
process.channel!.unref();
