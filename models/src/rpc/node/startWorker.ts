/** Worker threads written in TypeScript. */
import { Worker } from "node:worker_threads";
// A thread that loads onnxruntime reads the environment of the process.
import "../../onnxruntime/node/telemetry.ts";

const tsx = import.meta.resolve("tsx/esm/api");

/**
 * Node 20 does not apply --import's loaders to a worker's own entry file, so the entry is plain and
 * imports the module.
 */
const entry = (url: URL) =>
  `import(${JSON.stringify(tsx)})
    .then(({ register }) => (register(), import(${JSON.stringify(url.href)})));`;

/**
 * Starts a TypeScript module as a worker thread, whatever runs the parent (tsx or vitest).
 *
 * An error that the thread does not catch comes as the worker's "error" event; without a listener
 * it ends the process, as an uncaught exception does.
 *
 * @param url of the module, e.g. new URL("./embedderWorker.ts", import.meta.url)
 * @param workerData what the module reads as `workerData` of node:worker_threads
 */
export const startWorker = (url: URL, workerData: unknown): Worker =>
  new Worker(entry(url), { workerData, eval: true, execArgv: [] });
