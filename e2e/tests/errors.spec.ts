/** Mistakes on the command line give one line on stderr and the right exit code. */
import { expect, test } from "@playwright/test";
import { stepsFor } from "../support/pipeline/steps.ts";
import { capture, typescript } from "../support/processes.ts";

const files = {
  demo: "e2e/demo/main.ts",
  train: "train/src/main.ts",
  export: "export/src/main.ts",
  import: "train/src/importCommand.ts",
  index: "serve/src/commands/indexCommand.ts",
  gallery: "serve/src/commands/galleryCommand.ts",
  serve: "serve/src/commands/serveCommand.ts",
};
type CommandName = keyof typeof files;

const runCommand = (command: CommandName, args: readonly string[]) =>
  capture({ args: typescript(files[command], ...args) });

for (const command of Object.keys(files) as CommandName[]) {
  test(`${command} --help lists the options`, async () => {
    const { exitCode, stdout, stderr } = await runCommand(command, ["--help"]);
    expect(stdout).toContain(`npm run ${command} --`);
    expect(stdout).toContain("--help");
    expect([exitCode, stderr]).toEqual([0, ""]);
  });

  test(`${command} rejects an unknown option`, async () => {
    const { exitCode, stdout, stderr } = await runCommand(command, ["--bogus"]);
    expect(stderr).toMatch(/^[^\n]*--bogus[^\n]*\n$/);
    expect([exitCode, stdout]).toEqual([64, ""]);
  });
}

/** A command with its arguments, the exit code, and what the line on stderr must contain. */
const mistakes: [CommandName, string[], number, RegExp][] = [
  ["train", ["--iterations", "0"], 64, /--iterations 0/],
  ["train", ["--recipe", "magic"], 64, /--recipe magic.*finetune/],
  ["train", ["--name", "../outside"], 64, /name/],
  ["train", ["--name", "e2e", "--weights", "absent.safetensors"], 66, /absent\.safetensors/],
  ["export", ["--name", "absent"], 66, /absent.*npm run train/],
  ["import", ["--name", "e2e"], 64, /no encoder is named - add --onnx/],
  ["import", ["--onnx", "encoder.onnx"], 64, /--name/],
  ["import", ["--onnx", "absent.onnx", "--name", "absent"], 66, /absent\.onnx is missing/],
  ["index", ["--name", "absent"], 66, /absent.*npm run/],
  ["gallery", ["--name", "absent"], 66, /absent.*npm run/],
  ["serve", ["--name", "absent"], 66, /absent.*npm run/],
  ["serve", ["--port", "abc"], 64, /--port abc/],
  ["demo", ["--port", "70000"], 64, /--port 70000/],
];

for (const [command, args, code, line] of mistakes) {
  test(`${command} ${args.join(" ")} exits with ${code}`, async () => {
    const { exitCode, stderr } = await runCommand(command, args);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr).toMatch(line);
    expect(exitCode).toBe(code);
  });
}

test("building the page of a model that was never exported exits with 66", async () => {
  const build = stepsFor("absent").find(({ name }) => name === "web build")!;
  const { exitCode, stderr } = await capture(build.program);
  expect(stderr).toMatch(/^[^\n]*absent[^\n]*npm run export[^\n]*\n$/);
  expect(exitCode).toBe(66);
});
