/** Command-line options as a table: parsed by node:util, validated by zod, printed as help. */
import { parseArgs } from "node:util";
import type { z } from "zod";
import { PlumageError } from "../errors.ts";
import { valueProblem } from "./valueProblem.ts";

/** One option. The key batchSize in the table is --batch-size on the command line. */
export interface Option<Schema extends z.ZodType = z.ZodType> {
  /** One line for --help. */
  readonly description: string;
  /** Validates and converts the argument; the schema's default is the option's default. */
  readonly schema: Schema;
  /**
   * Placeholder of the value in --help, e.g. "FOLDER". An option without one is a flag, and its
   * schema is a z.boolean().
   */
  readonly value?: string;
  /** Shown in --help instead of a default that depends on the machine. */
  readonly defaultText?: string;
  /** Whether a value may hold a password. Messages do not repeat such a value. */
  readonly isSecret?: boolean;
}
/** Options by name, in camelCase. */
export type OptionTable = Readonly<Record<string, Option>>;
/** The parsed values of an option table. */
export type Options<Table extends OptionTable> = {
  [Name in keyof Table]: z.infer<Table[Name]["schema"]>;
};

/** What parsed options say, and which of them were on the command line. */
export interface ParsedOptions<Table extends OptionTable> {
  readonly options: Options<Table>;
  /** Names in camelCase. */
  readonly given: ReadonlySet<string>;
}

/**
 * Parses command-line arguments.
 *
 * @param hint what to do about an invalid argument
 * @throws PlumageError "bad-input" for an unknown option, a missing value, or a value that its
 * schema rejects
 */
export function parseOptions<Table extends OptionTable>(
  table: Table,
  argv: readonly string[],
  hint: string,
): ParsedOptions<Table> {
  const config = Object.entries(table).map(
    ([name, { value }]) =>
      [dashed(name), { type: value ? ("string" as const) : ("boolean" as const) }] as const,
  );
  let values: Record<string, unknown>;
  try {
    // A flag that defaults to true is turned off by --no-.
    values = parseArgs({
      args: [...argv],
      options: Object.fromEntries(config),
      allowNegative: true,
    }).values;
  } catch (error) {
    // The first sentence says what is wrong; the rest of Node's message is advice about "--".
    const message = (error as Error).message.split(/\.\s|\n/)[0]!;
    throw new PlumageError("bad-input", message, hint, { cause: error });
  }
  const parsed = Object.entries(table).map(([name, { schema, isSecret }]) => {
    const given = values[dashed(name)];
    // z.coerce.number() would accept an empty string as 0.
    if (given === "")
      throw new PlumageError("bad-input", `--${dashed(name)} has an empty value`, hint);
    const result = schema.safeParse(given, { error: valueProblem });
    if (result.success) return [name, result.data] as const;
    const shown = given === undefined || isSecret ? "" : ` ${given}`;
    const argument = `--${dashed(name)}${shown}`;
    throw new PlumageError("bad-input", `${argument}: ${result.error.issues[0]!.message}`, hint);
  });
  const given = Object.keys(table).filter((name) => values[dashed(name)] !== undefined);
  return { options: Object.fromEntries(parsed) as Options<Table>, given: new Set(given) };
}

/** An option as text, for --help and the generated reference. */
export interface OptionText {
  /** As it is typed, e.g. "--batch-size N". */
  readonly flag: string;
  readonly description: string;
  /** The default value, for options that take one. */
  readonly initial?: string;
}

/** The options of a table as text, in the order of the table. */
export const optionTexts = (table: OptionTable): OptionText[] =>
  Object.entries(table).map(([name, { value, description, schema, defaultText }]) => {
    const parsed = schema.safeParse(undefined);
    const initial = parsed.success ? parsed.data : undefined;
    if (!value) {
      return { flag: `--${initial === true ? "no-" : ""}${dashed(name)}`, description };
    }
    const text = defaultText ?? (initial === undefined ? "" : String(initial));
    return {
      flag: `--${dashed(name)} ${value}`,
      description,
      ...(text === "" ? {} : { initial: text }),
    };
  });

/** The options as aligned lines for --help. */
export function describeOptions(table: OptionTable): string {
  const rows = optionTexts(table).map(
    ({ flag, description, initial }) =>
      [flag, initial === undefined ? description : `${description} (default ${initial})`] as const,
  );
  rows.push(["--help", "show this text"]);
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}

/** How the option batchSize is typed: "--batch-size". */
export const optionFlag = (name: string): string => `--${dashed(name)}`;

const dashed = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
