import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { collectCommands } from "./command.ts";

const program = fileURLToPath(new URL("../../test/programs/command.ts", import.meta.url));
const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Starts the program without npm or tsx in between, which would forward signals. */
const start = (argv: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess =>
  spawn(process.execPath, ["--import", loader, program, ...argv], {
    env: { ...process.env, PLUMAGE_DEBUG: "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });

async function end(child: ChildProcess) {
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, "close"),
  ]);
  return { stdout, stderr, code };
}

/** Sends a signal once the program has printed that it waits. */
async function interrupt(action: string, signal: NodeJS.Signals) {
  const child = start(["--do", action]);
  const ended = end(child);
  await once(child.stdout!, "data");
  child.kill(signal);
  return ended;
}

const stopping = "stopping; press Ctrl-C again to stop at once\n";

it.concurrent.each([
  [["--do", "nothing"], 0, ""],
  [["--do", "refuse"], 66, "model.json is missing - run: npm run export\n"],
  [["--do", "break"], 70, "unexpected: no such thing - PLUMAGE_DEBUG=1 shows where\n"],
  [["--do", "openFile"], 66, "/nowhere/birds.csv: no such file or directory (open)\n"],
  [["--do", "breakLater"], 70, "unexpected: later - PLUMAGE_DEBUG=1 shows where\n"],
  [["--do", "failInWorker"], 65, "weights and network do not belong together - train again\n"],
  [["--to", "refuse"], 64, "Unknown option '--to' - see npm run try -- --help\n"],
])("%j exits with %d and at most one line", async (argv, code, stderr) => {
  expect(await end(start(argv))).toEqual({ stdout: "", stderr, code });
});

it.concurrent("prints the stack if PLUMAGE_DEBUG=1", async () => {
  const { stderr } = await end(start(["--do", "break"], { PLUMAGE_DEBUG: "1" }));
  expect(stderr).toMatch(/^unexpected: no such thing\n.*at .*programs.command\.ts/s);
});

it.concurrent("prints help and does not run", async () => {
  const { stdout, code } = await end(start(["--do", "refuse", "--help"]));
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^Tries a command\.\n\nUsage: npm run try -- \[options\]\n\n {2}--do WHAT {2}what to do/,
  );
});

it("collects the commands of imported modules without running them", async () => {
  const commands = await collectCommands(() => import("../../test/programs/command.ts"));
  expect(commands.map(({ usage }) => usage)).toEqual(["npm run try --"]);
});

it.concurrent.each([
  [
    "a command that throws the abort",
    "wait",
    "SIGINT",
    { code: 130, stdout: "waiting\n", stderr: stopping },
  ],
  [
    "a command that returns",
    "finishUp",
    "SIGINT",
    { code: 130, stdout: "waiting\nsaved\n", stderr: stopping },
  ],
  [
    "a command without a terminal",
    "wait",
    "SIGTERM",
    { code: 143, stdout: "waiting\n", stderr: "" },
  ],
] as const)("a signal stops %s", async (_, action, signal, result) => {
  expect(await interrupt(action, signal)).toEqual(result);
});
