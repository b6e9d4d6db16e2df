/** A child process for processChannel.test.ts. */
import { PlumageError } from "@plumage/models";
import { serve } from "../../src/rpc/index.ts";
import { parentProcessChannel } from "../../src/rpc/node/index.ts";

export interface Sums {
  sum(params: { readonly bytes: Uint8Array; readonly more: Uint8Array }): number;
  fail(): never;
  kill(params: NodeJS.Signals): void;
  hang(): void;
  pid(): number;
}

const sumOf = (bytes: Uint8Array) => bytes.reduce((sum, value) => sum + value, 0);

serve<Sums>(parentProcessChannel(), {
  sum: ({ bytes, more }) => sumOf(bytes) + sumOf(more),
  fail: () => {
    throw new PlumageError("bad-image", "the file is damaged", "use another");
  },
  kill: (signal) => {
    process.kill(process.pid, signal);
  },
  hang: () => {
    for (;;);
  },
  pid: () => process.pid,
});
