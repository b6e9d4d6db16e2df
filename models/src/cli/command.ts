/** What all commands share: options, --help, errors as one line with an exit code, and Ctrl-C. */
import { exitWithError } from "./failure.ts";
import { listenForInterruption } from "./interruption.ts";
import { describeOptions, type Options, type OptionTable, parseOptions } from "./options.ts";
import { writeLine } from "./terminal.ts";

/** What a command is called, what it does, and its options. */
export interface Command<Table extends OptionTable> {
  /** As it is typed, e.g. "npm run train --". */
  readonly usage: string;
  /** What it does, in a sentence or a short paragraph. */
  readonly summary: string;
  /** Options by name in camelCase; on the command line, batchSize is --batch-size. */
  readonly options: Table;
}

/** What a command's main function receives. */
export interface CommandContext<Table extends OptionTable> {
  readonly options: Options<Table>;
  /** Names of the options that were set: on the command line, or by `defaults`. */
  readonly given: ReadonlySet<string>;
  /**
   * Aborted by Ctrl-C or SIGTERM. Save what must not be lost, then return or throw the signal's
   * reason; either way, the process ends with 130 or 143.
   */
  readonly signal: AbortSignal;
  /** Writes one line to stdout, above the progress bar. */
  readonly print: (line: string) => void;
}

/** Where runCommand registers commands instead of running them; see collectCommands. */
let collected: Command<OptionTable>[] | undefined;

/**
 * Imports modules that call runCommand, and returns their commands without running any. The
 * generated reference needs the option tables alone.
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
 * Runs a command with the arguments of the process. A PlumageError ends it with one line on stderr
 * and the error's exit code; any other error is reported as a bug.
 *
 * @param defaults arguments that those on the command line override, e.g. from the environment
 *
 * @example
 * const options = {
 *   name: { description: "model", value: "NAME", schema: storeNameSchema.default("emoji") },
 * };
 * const command = { usage: "npm run index --", summary: "Builds the index.", options };
 * await runCommand(command, ({ options, print }) => print(`indexing ${options.name}`));
 */
export async function runCommand<Table extends OptionTable>(
  command: Command<Table>,
  main: (context: CommandContext<Table>) => Promise<void> | void,
  defaults: () => readonly string[] = () => [],
): Promise<void> {
  if (collected) {
    collected.push(command);
    return;
  }
  const argv = process.argv.slice(2);
  if (argv.includes("--help") || argv.includes("-h")) {
    writeLine(helpText(command));
    return;
  }
  const interruption = listenForInterruption();
  const fail = (error: unknown): never =>
    interruption.causes(error) ? interruption.exit() : exitWithError(error);
  process.on("uncaughtException", fail);
  // `| head` closes stdout early, which is not an error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) =>
    error.code === "EPIPE" ? process.exit(0) : fail(error),
  );
  try {
    await main({
      ...parseOptions(command.options, [...defaults(), ...argv], `see ${command.usage} --help`),
      signal: interruption.signal,
      print: (line) => writeLine(line),
    });
    // Not 0, or the next command of "index && serve" would run on unfinished work.
    if (interruption.signal.aborted) interruption.exit();
  } catch (error) {
    fail(error);
  }
}

/** The text of --help. */
export const helpText = ({ usage, summary, options }: Command<OptionTable>): string =>
  [summary, "", `Usage: ${usage} [options]`, "", describeOptions(options)].join("\n");
