/** Worker threads written in TypeScript. */
import { Worker } from "node:worker_threads";

/** Starts a worker thread from a .ts file, whatever runs the parent (tsx or vitest). */
export const startWorker = (url: URL, workerData: unknown): Worker =>
  new Worker(url, { workerData, execArgv: ["--import", import.meta.resolve("tsx")] });
