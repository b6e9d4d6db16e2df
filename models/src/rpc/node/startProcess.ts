/** Child processes written in TypeScript. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const tsx = import.meta.resolve("tsx");

/**
 * Settings of the GNU C library, which other libraries ignore. By default its allocator keeps what
 * a large image took, in a heap for each thread, to use it again; the process stays at its peak.
 */
const returnsMemory = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: String(2 ** 17),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 17),
};

/**
 * Starts a TypeScript module as a child process, whatever runs the parent (tsx or vitest).
 *
 * @param url of the module, e.g. new URL("./imageReaderWorker.ts", import.meta.url)
 */
export const startProcess = (url: URL): ChildProcess =>
  fork(fileURLToPath(url), [], {
    execArgv: ["--import", tsx],
    env: { ...process.env, ...returnsMemory },
    serialization: "advanced",
    // The last is the pipe of processChannel.ts.
    stdio: ["ignore", "inherit", "inherit", "ipc", "pipe"],
  });
