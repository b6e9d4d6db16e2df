/** A child process for cpuLimit.test.ts: native code that works for as long as it is told. */
import { pbkdf2 } from "node:crypto";
import { serve } from "@plumage/models/rpc";
import { parentProcessChannel } from "@plumage/models/rpc/node";
import { limitCpu } from "../../src/images/cpuLimit.ts";

export interface Burning {
  burn(params: { readonly iterations: number; readonly maxMs: number }): string;
}

serve<Burning>(parentProcessChannel(), {
  burn: ({ iterations, maxMs }) =>
    limitCpu(
      maxMs,
      () =>
        new Promise((resolve) => {
          pbkdf2("a", "b", iterations, 32, "sha512", () => resolve("done"));
        }),
    ),
});
