/** Command-line options as a table: parsed with node:util, checked with zod, printed as help. */
import { parseArgs } from "node:util";
import type { z } from "zod";
import { PlumageError } from "../errors.ts";

/** One option; its key in the table, batchSize, is --batch-size on the command line. */
export interface Option<Schema extends z.ZodType = z.ZodType> {
  /** One line for --help. */
  readonly description: string;
  /** Checks and converts the text; its default is the option's default. */
  readonly schema: Schema;
  /**
   * What stands for the value in --help, e.g. "FOLDER". Without it the option is a switch, and its
   * schema a z.boolean().
   */
  readonly value?: string;
  /** What --help shows in place of a default that differs between machines. */
  readonly defaultText?: string;
}
export type OptionTable = Readonly<Record<string, Option>>;
export type Options<Table extends OptionTable> = {
  [Name in keyof Table]: z.infer<Table[Name]["schema"]>;
};

/**
 * Reads the options from the words of a command line.
 *
 * @throws PlumageError "bad-input" for an option that is unknown, lacks its value or does not fit
 * its schema
 */
export function parseOptions<Table extends OptionTable>(
  table: Table,
  words: readonly string[],
  hint: string,
): Options<Table> {
  const config = Object.entries(table).map(
    ([name, { value }]) =>
      [dashed(name), { type: value ? ("string" as const) : ("boolean" as const) }] as const,
  );
  let values: Record<string, unknown>;
  try {
    // A switch that is on by default is turned off with --no-.
    values = parseArgs({
      args: [...words],
      options: Object.fromEntries(config),
      allowNegative: true,
    }).values;
  } catch (error) {
    // Node's message goes on with advice on "--"; its first sentence says it all.
    const message = (error as Error).message.split(/\.\s|\n/)[0]!;
    throw new PlumageError("bad-input", message, hint, { cause: error });
  }
  const parsed = Object.entries(table).map(([name, { schema }]) => {
    const given = values[dashed(name)];
    // z.coerce.number() would read an empty text as 0.
    if (given === "")
      throw new PlumageError("bad-input", `--${dashed(name)} has an empty value`, hint);
    const result = schema.safeParse(given);
    if (result.success) return [name, result.data] as const;
    const shown = given === undefined ? `--${dashed(name)}` : `--${dashed(name)} ${given}`;
    throw new PlumageError("bad-input", `${shown}: ${result.error.issues[0]!.message}`, hint);
  });
  return Object.fromEntries(parsed) as Options<Table>;
}

/** One option as a person reads it: in --help and in the generated reference. */
export interface OptionText {
  /** As it is typed, e.g. "--batch-size N". */
  readonly flag: string;
  readonly description: string;
  /** The default value, for options that take one. */
  readonly initial?: string;
}

/** The texts of a table's options, in its order. */
export const optionTexts = (table: OptionTable): OptionText[] =>
  Object.entries(table).map(([name, { value, description, schema, defaultText }]) => {
    const parsed = schema.safeParse(undefined);
    const initial = parsed.success ? parsed.data : undefined;
    if (!value) {
      // A switch that is on by default is turned off with --no-.
      return { flag: `--${initial === true ? "no-" : ""}${dashed(name)}`, description };
    }
    const text = defaultText ?? (initial === undefined ? "" : String(initial));
    return {
      flag: `--${dashed(name)} ${value}`,
      description,
      ...(text === "" ? {} : { initial: text }),
    };
  });

/** The options as aligned lines of help. */
export function describeOptions(table: OptionTable): string {
  const rows = optionTexts(table).map(
    ({ flag, description, initial }) =>
      [flag, initial === undefined ? description : `${description} (default ${initial})`] as const,
  );
  rows.push(["--help", "show this text"]);
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}

const dashed = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
