/**
 * Turns onnxruntime's telemetry off. Its native library sends events to Microsoft and stores a
 * device id in the home folder unless ORT_DISABLE_TELEMETRY=1 is in the environment before it loads
 * (microsoft/onnxruntime#27379).
 */
import { isMainThread } from "node:worker_threads";

const variable = "ORT_DISABLE_TELEMETRY";

// A worker's process.env is a copy, which the library does not see. It starts as the parent's.
if (isMainThread) process.env[variable] = "1";
else if (process.env[variable] !== "1")
  throw new Error(`${variable} is not set: start threads with startWorker`);
