/**
 * A worker thread for command.test.ts and worker.test.ts that needs TypeScript's own syntax to run,
 * and then fails.
 */
import { parentPort, workerData } from "node:worker_threads";
import { PlumageError } from "@plumage/models";

enum Kind {
  Ready = "ready",
}

parentPort!.postMessage(Kind.Ready);
throw new PlumageError(
  "mismatch",
  `${workerData} and network do not belong together`,
  "train again",
);
