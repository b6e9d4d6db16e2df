/** Ctrl-C and SIGTERM as an AbortSignal. */
import { signalExitCodes } from "../errors.ts";
import { writeLine } from "./terminal.ts";

type SignalName = keyof typeof signalExitCodes;

export interface Interruption {
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Whether an error is only the consequence of the abort. */
  causes(error: unknown): boolean;
  /** Ends the process as the signal would have done. */
  exit(): never;
}

/** One Ctrl-C can arrive several times: npm and tsx forward what the terminal has already sent. */
const echoMilliseconds = 1000;

/**
 * Listens for signals. The first one aborts; a later one ends the process at once.
 *
 * @param source emits the signals
 */
export function listenForInterruption(
  source: Pick<NodeJS.EventEmitter, "on"> = process,
): Interruption {
  const controller = new AbortController();
  const { signal } = controller;
  let firstTime = 0;
  let firstName: SignalName = "SIGINT";
  const interrupt = (name: SignalName): void => {
    if (signal.aborted) {
      if (performance.now() - firstTime > echoMilliseconds) process.exit(signalExitCodes[name]);
      return;
    }
    firstTime = performance.now();
    firstName = name;
    if (name === "SIGINT")
      writeLine("stopping; press Ctrl-C again to stop at once", process.stderr);
    controller.abort(new DOMException(`stopped by ${name}`, "AbortError"));
  };
  source.on("SIGINT", () => interrupt("SIGINT"));
  source.on("SIGTERM", () => interrupt("SIGTERM"));
  return {
    signal,
    causes: (error) =>
      signal.aborted && (error === signal.reason || (error as Error | null)?.name === "AbortError"),
    exit: () => process.exit(signalExitCodes[firstName]),
  };
}
