/** A worker thread for threadChannel.test.ts: a service that can end in several ways. */
import { workerData } from "node:worker_threads";
import { PlumageError } from "@plumage/models";
import { serve } from "../../src/rpc/index.ts";
import { parentChannel } from "../../src/rpc/node/index.ts";

export interface Ending {
  exit(params: number): void;
  crash(): void;
  greeting(): string;
}

if (workerData === "broken")
  throw new PlumageError("bad-file", "the model is damaged", "export it");

serve<Ending>(parentChannel(), {
  exit: (code) => process.exit(code),
  crash: () =>
    new Promise(() => {
      setImmediate(() => {
        throw new PlumageError("unsupported", "the device is gone", "plug it in");
      });
    }),
  greeting: () => `hello from ${workerData}`,
});
