/** Whatever is typed after a command, its options are read or refused; none ends as a bug. */
import { isPlumageError } from "@plumage/models";
import { type Command, type OptionTable, optionFlag, parseOptions } from "@plumage/models/cli";
import { beforeAll, expect, test } from "vitest";
import { readCommands } from "./commands.ts";

let commands: Command<OptionTable>[];
beforeAll(async () => {
  commands = await readCommands({ file: "", command: { usage: "", summary: "", options: {} } });
}, 120_000);

const values = [
  "",
  " ",
  "0",
  "-1",
  "0.5",
  "NaN",
  "Infinity",
  "1e999",
  "99999999999999999999",
  "0x10",
  "null",
  "[]",
  "../..",
  "/",
  "/dev/null",
  "C:\\birds",
  "tcp://1.2.3.4:5",
  "postgres://[",
  "https://",
  ",",
  "MGMG",
  "é\u0301",
  "\u{1f426}",
  "\u202e",
  "a\nb",
  "\u001b[2J",
  "x".repeat(10_000),
];

/** The error of a command line; undefined if it is valid. */
function errorOf({ options }: Command<OptionTable>, argv: readonly string[]): unknown {
  try {
    parseOptions(options, argv, "see --help");
  } catch (error) {
    return error;
  }
  return undefined;
}

test("knows the commands", () => {
  expect(commands.length).toBeGreaterThan(15);
});

test("reads or refuses every value of every option", () => {
  for (const command of commands) {
    for (const flag of Object.keys(command.options).map(optionFlag)) {
      for (const argv of [...values.map((value) => [`${flag}=${value}`]), [flag], [flag, flag]]) {
        const error = errorOf(command, argv);
        if (error === undefined) continue;
        expect(isPlumageError(error), `${command.usage} ${argv.join(" ")}: ${error}`).toBe(true);
        expect(error).toMatchObject({ code: "bad-input" });
      }
    }
  }
});

test("refuses what is no option", () => {
  for (const command of commands)
    for (const argv of [["--bogus"], ["-x"], ["extra"], ["--", "extra"], [""], ["--=1"]])
      expect(errorOf(command, argv), `${command.usage} ${argv}`).toMatchObject({
        code: "bad-input",
      });
});

test("refuses models that would be outside of the store", () => {
  const named = commands.filter(({ options }) => options.name);
  expect(named.length).toBeGreaterThan(5);
  for (const command of named)
    for (const name of ["a/b", "a\\b", "..", ".hidden", "/etc", "a b", "x".repeat(65), "ä"])
      expect(errorOf(command, ["--name", name]), `${command.usage} ${name}`).toBeDefined();
});
