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
