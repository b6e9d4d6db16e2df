/** Child processes written in TypeScript. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const tsx = import.meta.resolve("tsx");

/**
 * Starts a TypeScript module as a child process, whatever runs the parent (tsx or vitest).
 *
 * @param url of the module, e.g. new URL("./imageReaderWorker.ts", import.meta.url)
 */
export const startProcess = (url: URL): ChildProcess =>
  fork(fileURLToPath(url), [], {
    execArgv: ["--import", tsx],
    serialization: "advanced",
    // The last is the pipe of processChannel.ts.
    stdio: ["ignore", "inherit", "inherit", "ipc", "pipe"],
  });
