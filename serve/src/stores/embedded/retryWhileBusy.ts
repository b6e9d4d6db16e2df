/** Waits for another program's lock of the catalog, while searches go on. */
import { setTimeout } from "node:timers/promises";
import { isBusy } from "./storageErrors.ts";

const pauseMs = 100;
/** Time after which a client is told to try again. */
const patienceMs = 10_000;

/** When a client that asks now is told to try again. */
export const patienceEnd = (): number => performance.now() + patienceMs;

/**
 * @param end time after which nothing is tried again
 * @throws the last error once the lock has lasted too long
 */
export async function retryWhileBusy<Result>(
  work: () => Result,
  end = patienceEnd(),
): Promise<Result> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
      await setTimeout(pauseMs);
    }
  }
}
