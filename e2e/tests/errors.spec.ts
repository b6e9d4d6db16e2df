/**
 * What a person sees who types a command wrongly, or in the wrong order: one line, and an exit code
 * that fits.
 */
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "@playwright/test";
import { stepsFor } from "../support/pipeline/steps.ts";
import { type Program, start, typescript } from "../support/processes.ts";

const files = {
  demo: "e2e/demo/main.ts",
  train: "train/src/main.ts",
  export: "export/src/main.ts",
  index: "serve/src/commands/indexCommand.ts",
  gallery: "serve/src/commands/galleryCommand.ts",
  serve: "serve/src/commands/serveCommand.ts",
};
type CommandName = keyof typeof files;

const program = (command: CommandName, words: readonly string[]): Program => ({
  words: typescript(files[command], ...words),
});

async function runToEnd(program: Program) {
  const child = start(program, new AbortController().signal, ["ignore", "pipe", "pipe"]);
  const [output, errors] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, "close"),
  ]);
  return { code: child.exitCode, output, errors };
}

for (const command of Object.keys(files) as CommandName[]) {
  test(`${command} --help lists the options`, async () => {
    const { code, output, errors } = await runToEnd(program(command, ["--help"]));
    expect(output).toContain(`npm run ${command} --`);
    expect(output).toContain("--help");
    expect([code, errors]).toEqual([0, ""]);
  });

  test(`${command} with an option that is not there`, async () => {
    const { code, output, errors } = await runToEnd(program(command, ["--bogus"]));
    expect(errors).toMatch(/^[^\n]*--bogus[^\n]*\n$/);
    expect([code, output]).toEqual([64, ""]);
  });
}

/** A command line, its exit code, and what its one line must say. */
const mistakes: [CommandName, string[], number, RegExp][] = [
  ["train", ["--iterations", "0"], 64, /--iterations 0/],
  ["train", ["--recipe", "magic"], 64, /--recipe magic.*finetune/],
  ["train", ["--name", "../outside"], 64, /name/],
  ["train", ["--name", "e2e", "--weights", "absent.safetensors"], 66, /absent\.safetensors/],
  ["export", ["--name", "absent"], 66, /absent.*npm run train/],
  ["index", ["--name", "absent"], 66, /absent.*npm run/],
  ["gallery", ["--name", "absent"], 66, /absent.*npm run/],
  ["serve", ["--name", "absent"], 66, /absent.*npm run/],
  ["serve", ["--port", "abc"], 64, /--port abc/],
  ["demo", ["--port", "70000"], 64, /--port 70000/],
];

for (const [command, words, exitCode, line] of mistakes) {
  test(`${command} ${words.join(" ")}`, async () => {
    const { code, errors } = await runToEnd(program(command, words));
    expect(errors).toMatch(/^[^\n]+\n$/);
    expect(errors).toMatch(line);
    expect(code).toBe(exitCode);
  });
}

test("building the page of a model that is not there", async () => {
  const build = stepsFor("absent").find(({ name }) => name === "web build")!;
  const { code, errors } = await runToEnd(build.program);
  expect(errors).toMatch(/^[^\n]*absent[^\n]*npm run export[^\n]*\n$/);
  expect(code).toBe(66);
});
