/** What every command shares: options by a table, --help, one-line errors, exit codes, Ctrl-C. */
import { parseArgs } from "node:util";
import type { z } from "zod";
import { exitCodes, PlumageError } from "../errors.ts";

export interface Option<Schema extends z.ZodType = z.ZodType> {
  /** One line for --help. */
  readonly description: string;
  /** Checks and converts the text; its default is the option's default. A z.boolean() makes a switch without a value. */
  readonly schema: Schema;
  /** What stands for the value in --help, e.g. "FOLDER". Without it the option is a switch. */
  readonly value?: string;
}
export type OptionTable = Readonly<Record<string, Option>>;
export type Options<Table extends OptionTable> = { [Name in keyof Table]: z.infer<Table[Name]["schema"]> };

export interface Command<Table extends OptionTable> {
  /** As it is typed, e.g. "npm run train --". */
  readonly usage: string;
  readonly summary: string;
  /** Option names in camelCase; a person types them with dashes. */
  readonly options: Table;
}

export interface CommandContext<Table extends OptionTable> {
  readonly options: Options<Table>;
  /** Aborted by the first Ctrl-C (or SIGTERM); a second one ends the process at once. */
  readonly signal: AbortSignal;
  /** A line on standard output. */
  readonly print: (line: string) => void;
}

const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The text of --help. */
export function helpText({ usage, summary, options }: Command<OptionTable>): string {
  const rows = Object.entries(options).map(([name, { value, description, schema }]) => {
    const initial = schema.safeParse(undefined);
    const shown = initial.success && initial.data !== undefined && value ? ` (default ${initial.data})` : "";
    return [`--${dashed(name)}${value ? ` ${value}` : ""}`, `${description}${shown}`] as const;
  });
  rows.push(["--help", "show this text"]);
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    `${summary}`,
    "",
    `Usage: ${usage} [options]`,
    "",
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
  ].join("\n");
}

/** Command-line words to checked options. Errors: "bad-input" that names the option. */
export function parseOptions<Table extends OptionTable>(
  command: Command<Table>,
  words: readonly string[],
): Options<Table> {
  const hint = `see ${command.usage} --help`;
  const names = new Map(Object.keys(command.options).map((name) => [dashed(name), name]));
  let values: Record<string, unknown>;
  try {
    const config = Object.entries(command.options).map(
      ([name, { value }]) => [dashed(name), { type: value ? ("string" as const) : ("boolean" as const) }] as const,
    );
    ({ values } = parseArgs({ args: [...words], options: Object.fromEntries(config), allowPositionals: false }));
  } catch (error) {
    // node's message goes on about positionals after the first sentence.
    throw new PlumageError("bad-input", (error as Error).message.split(". ")[0]!, hint);
  }
  const parsed = [...names].map(([typed, name]) => {
    const result = command.options[name]!.schema.safeParse(values[typed]);
    if (result.success) return [name, result.data] as const;
    throw new PlumageError("bad-input", `--${typed} ${values[typed] ?? ""}: ${result.error.issues[0]!.message}`, hint);
  });
  return Object.fromEntries(parsed) as Options<Table>;
}

/** Runs a command: parses the words after the script's name, calls main, prints what goes wrong and sets the exit code. */
export async function runCommand<Table extends OptionTable>(
  command: Command<Table>,
  main: (context: CommandContext<Table>) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    const words = process.argv.slice(2);
    if (words.includes("--help") || words.includes("-h")) {
      console.log(helpText(command));
      return;
    }
    const options = parseOptions(command, words);
    await main({ options, signal: controller.signal, print: (line) => console.log(line) });
    if (controller.signal.aborted) process.exitCode = 130;
  } catch (error) {
    process.exitCode = report(error);
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

/** Prints an error as one line; the stack too where PLUMAGE_DEBUG is set. Returns the exit code. */
function report(error: unknown): number {
  const known = error instanceof PlumageError;
  const message = known ? error.line : `unexpected: ${error instanceof Error ? error.message.split("\n")[0] : error}`;
  console.error(`error: ${message}`);
  if (process.env.PLUMAGE_DEBUG) console.error(error);
  else if (!known) console.error("set PLUMAGE_DEBUG=1 to see where");
  return known ? exitCodes[error.code] : 70;
}
