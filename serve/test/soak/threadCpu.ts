/** CPU time of the main thread (Linux, Documentation/scheduler/sched-stats.rst). */
import { existsSync, readFileSync } from "node:fs";

const statistics = `/proc/self/task/${process.pid}/schedstat`;

/** Whether this system has the statistics. */
export const hasThreadCpu = existsSync(statistics);

/** In milliseconds. */
export const threadCpuMs = (): number =>
  Number(readFileSync(statistics, "latin1").split(" ", 1)[0]) / 1e6;
