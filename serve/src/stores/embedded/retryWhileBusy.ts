/** Waits for another program's lock of the catalog, while searches go on. */
import { setTimeout } from "node:timers/promises";
import { isBusy } from "./storageErrors.ts";

const pauseMs = 100;
/** Time after which a client is told to try again. */
const patienceMs = 10_000;

/** @throws the last error once the lock has lasted too long */
export async function retryWhileBusy<Result>(
  work: () => Result,
  patience = patienceMs,
): Promise<Result> {
  for (const start = performance.now(); ; ) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() - start > patience) throw error;
      await setTimeout(pauseMs);
    }
  }
}
