/** A worker thread that uses syntax which only a compiler can strip, and then throws. */
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
