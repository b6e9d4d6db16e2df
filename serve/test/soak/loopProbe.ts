/**
 * Loaded into the server before anything else: how long one turn of its event loop computes. The loop's delay on the clock
 * also holds what the system gives to other threads, and with fewer cores than threads tells nothing of the code.
 */
import { readFileSync } from "node:fs";

/** Nanoseconds that the main thread has computed, and others (Linux, Documentation/scheduler/sched-stats.rst). */
const statistics = `/proc/self/task/${process.pid}/schedstat`;
const computedMs = () => Number(readFileSync(statistics, "latin1").split(" ", 1)[0]) / 1e6;
const betweenLooksMs = 2;

let before = computedMs();
let most = 0;
setInterval(() => {
  const now = computedMs();
  most = Math.max(most, now - before);
  before = now;
}, betweenLooksMs).unref();
process.on("message", () => {
  process.send!(most);
  most = 0;
});
// The server ends when it has nothing more to do.
process.channel!.unref();
