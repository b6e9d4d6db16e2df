import { expect, it } from "vitest";
import { z } from "zod";
import { describeOptions, parseOptions } from "./options.ts";

const table = {
  name: { description: "model", value: "NAME", schema: z.string().default("emoji") },
  batchSize: {
    description: "images in a batch",
    value: "N",
    schema: z.coerce.number().int().positive().optional(),
  },
  threads: {
    description: "processor threads",
    value: "N",
    schema: z.coerce.number().default(16),
    defaultText: "all",
  },
  once: { description: "stop at the end", schema: z.boolean().default(false) },
  browser: { description: "leave the browser alone", schema: z.boolean().default(true) },
};
const parse = (...argv: string[]) => parseOptions(table, argv, "see --help").options;

it("applies defaults, and parses values in both forms", () => {
  expect(parse()).toEqual({
    name: "emoji",
    batchSize: undefined,
    threads: 16,
    once: false,
    browser: true,
  });
  expect(parse("--batch-size", "8", "--name=birds", "--once", "--no-browser")).toEqual({
    name: "birds",
    batchSize: 8,
    threads: 16,
    once: true,
    browser: false,
  });
});

it.each([
  [["--nam", "x"], "unknown option '--nam'"],
  [["birds"], "unexpected argument 'birds'"],
  [["--name"], "--name"],
  [["--name", ""], "--name has an empty value"],
  [["--once=yes"], "--once"],
  [["--batch-size", "many"], "--batch-size many: "],
  [["--batch-size", "0"], "--batch-size 0: "],
  [["--batch-size="], "--batch-size has an empty value"],
])("rejects %j with a one-line message", (argv, message) => {
  expect(() => parse(...argv)).toThrow(
    expect.objectContaining({
      code: "bad-input",
      message: expect.stringMatching(new RegExp(`^[^\n]*${message}[^\n]*$`, "i")),
      hint: "see --help",
    }),
  );
});

it.each([
  [z.enum(["a", "b"]), "c", "use one of: a, b"],
  [z.coerce.number(), "many", "use a number"],
  [z.coerce.number().int(), "1.5", "use a whole number"],
  [z.coerce.number().min(32), "1", "use at least 32"],
  [z.coerce.number().positive(), "0", "use a number above 0"],
  [z.coerce.number().max(9), "10", "use at most 9"],
  [z.coerce.number().lt(1), "1", "use a number below 1"],
  [z.coerce.number().multipleOf(4), "6", "use a multiple of 4"],
  [z.enum(["a"], "its own message"), "c", "its own message"],
])("says what to use instead: %#", (schema, given, message) => {
  const option = { option: { description: "", value: "X", schema } };
  const parsed = () => parseOptions(option, ["--option", given], "");
  expect(parsed).toThrow(new RegExp(`^--option ${given}: ${message}$`));
});

it("does not repeat a secret in a message", () => {
  const store = { description: "", value: "URL", schema: z.url("use a URL"), isSecret: true };
  expect(() => parseOptions({ store }, ["--store", "password"], "")).toThrow(
    /^--store: use a URL$/,
  );
});

it("describes itself in columns", () => {
  expect(describeOptions(table)).toBe(
    [
      "  --name NAME     model (default emoji)",
      "  --batch-size N  images in a batch",
      "  --threads N     processor threads (default all)",
      "  --once          stop at the end",
      "  --no-browser    leave the browser alone",
      "  --help          show this text",
    ].join("\n"),
  );
});
