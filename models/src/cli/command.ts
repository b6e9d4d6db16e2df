/** What every command shares: options, --help, errors as one line with an exit code, and Ctrl-C. */
import { type ErrorCode, exitCodes, PlumageError } from "../errors.ts";
import { describeOptions, type Options, type OptionTable, parseOptions } from "./options.ts";
import { writeLine } from "./terminal.ts";

export interface Command<Table extends OptionTable> {
  /** As it is typed, e.g. "npm run train --". */
  readonly usage: string;
  /** What it does, in a sentence or a short paragraph. */
  readonly summary: string;
  /** Option names in camelCase; a person types them with dashes. */
  readonly options: Table;
}

export interface CommandContext<Table extends OptionTable> {
  readonly options: Options<Table>;
  /**
   * Aborted by Ctrl-C or SIGTERM. Finish what must not be lost and return, or throw the signal's
   * reason.
   */
  readonly signal: AbortSignal;
  /** Writes one line to stdout, above the progress bar. */
  readonly print: (line: string) => void;
}

/**
 * Exit codes beside those of PlumageError: a bug (sysexits.h), and the shell's for a process ended
 * by SIGINT or SIGTERM.
 */
const unexpectedExit = 70;
const signalExits = { SIGINT: 130, SIGTERM: 143 } as const;
/** One Ctrl-C may arrive several times, as npm and tsx pass on what the terminal already sent. */
const echoMilliseconds = 1000;

/** Where runCommand puts commands instead of running them; undefined in every other program. */
let collected: Command<OptionTable>[] | undefined;

/**
 * The commands of the modules that `load` imports. None of them runs: the generated reference needs
 * the option tables alone.
 */
export async function collectCommands(
  load: () => Promise<unknown>,
): Promise<Command<OptionTable>[]> {
  const commands: Command<OptionTable>[] = [];
  collected = commands;
  try {
    await load();
  } finally {
    collected = undefined;
  }
  return commands;
}

/**
 * Runs a command with the process's own arguments. A PlumageError becomes one line on stderr and
 * its exit code; any other error is a bug and is printed as such, with its stack where
 * PLUMAGE_DEBUG=1.
 *
 * @example const options = { name: { description: "model", value: "NAME", schema:
 * storeNameSchema.default("emoji") } }; await runCommand({ usage: "npm run index --", summary:
 * "Builds the index.", options }, async ({ options, print }) => {
 *   print(`indexing ${options.name}`);
 * });
 */
export async function runCommand<Table extends OptionTable>(
  command: Command<Table>,
  main: (context: CommandContext<Table>) => Promise<void> | void,
  argv: readonly string[] = process.argv.slice(2),
): Promise<void> {
  if (collected) {
    collected.push(command);
    return;
  }
  if (argv.includes("--help") || argv.includes("-h")) {
    writeLine(helpText(command));
    return;
  }
  const { signal, stopExit } = interruption();
  const fail = (error: unknown): never => {
    const stopped = signal.aborted && isAbort(error, signal);
    if (!stopped) writeLine(errorText(error), process.stderr);
    return process.exit(stopped ? stopExit() : exitCodeOf(error));
  };
  process.on("uncaughtException", fail);
  // A reader that has seen enough (| head) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) =>
    error.code === "EPIPE" ? process.exit(0) : fail(error),
  );
  try {
    await main({
      options: parseOptions(command.options, argv, `see ${command.usage} --help`),
      signal,
      print: (line) => writeLine(line),
    });
  } catch (error) {
    fail(error);
  }
}

/** The text of --help. */
export const helpText = ({ usage, summary, options }: Command<OptionTable>): string =>
  [summary, "", `Usage: ${usage} [options]`, "", describeOptions(options)].join("\n");

/** A signal that the first Ctrl-C aborts; the second ends the process at once. */
function interruption(): { signal: AbortSignal; stopExit: () => number } {
  const controller = new AbortController();
  let first = 0;
  let exitCode = 0;
  const interrupt = (name: keyof typeof signalExits): void => {
    if (controller.signal.aborted) {
      if (performance.now() - first > echoMilliseconds) process.exit(signalExits[name]);
      return;
    }
    first = performance.now();
    if (name === "SIGINT")
      writeLine("stopping; press Ctrl-C again to stop at once", process.stderr);
    exitCode = signalExits[name];
    controller.abort(new DOMException(`stopped by ${name}`, "AbortError"));
  };
  process.on("SIGINT", () => interrupt("SIGINT"));
  process.on("SIGTERM", () => interrupt("SIGTERM"));
  return { signal: controller.signal, stopExit: () => exitCode };
}

const isAbort = (error: unknown, signal: AbortSignal): boolean =>
  error === signal.reason || (error as Error | null)?.name === "AbortError";

/** An error that crossed a worker's border has kept its fields but not its class. */
const isPlumageError = (error: unknown): error is PlumageError =>
  error instanceof PlumageError ||
  ((error as Error | null)?.name === "PlumageError" && codeOf(error) in exitCodes);

const codeOf = (error: unknown): ErrorCode => (error as PlumageError).code;

const exitCodeOf = (error: unknown): number =>
  isPlumageError(error) ? exitCodes[error.code] : unexpectedExit;

function errorText(error: unknown): string {
  const debug =
    process.env.PLUMAGE_DEBUG === "1" && error instanceof Error ? `\n${error.stack}` : "";
  if (isPlumageError(error))
    return `${error.hint ? `${error.message} - ${error.hint}` : error.message}${debug}`;
  const message = error instanceof Error ? error.message : String(error);
  return `unexpected: ${message.split("\n")[0]}${debug || " - PLUMAGE_DEBUG=1 shows where"}`;
}
