/** Starts the project's own commands as child processes and sees to it that none outlives us. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { PlumageError } from "@plumage/models";
import { repositoryRoot } from "@plumage/models/node";

/** A program of the project, to be run by this same Node. */
export interface Program {
  /** What follows `node`. */
  readonly words: readonly string[];
  /** Folder to run in; the project's own unless given. */
  readonly folder?: string;
  /** Variables on top of ours. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A TypeScript file and its words. */
export const typescript = (file: string, ...words: string[]): string[] => [
  "--import",
  import.meta.resolve("tsx"),
  file,
  ...words,
];

const graceMs = 10_000;
const living = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of living) signalGroup(child, "SIGKILL");
});

/**
 * Children are process groups of their own: Ctrl-C on the terminal then reaches us alone, and we
 * end them in order, with whatever they have started themselves.
 */
const ownGroup = process.platform !== "win32";

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (ownGroup) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // It ended in between.
  }
}

/** Asks a child to end, and after ten seconds makes it. Resolves when it has ended. */
export async function stop(child: ChildProcess): Promise<void> {
  if (!living.has(child)) return;
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  signalGroup(child, "SIGTERM");
  const timer = setTimeout(() => signalGroup(child, "SIGKILL"), graceMs);
  await ended;
  clearTimeout(timer);
}

/** Starts a program; it is ended when the signal is aborted or this process ends. */
export function start(
  program: Program,
  signal: AbortSignal,
  stdio: SpawnOptions["stdio"] = "inherit",
): ChildProcess {
  const child = spawn(process.execPath, program.words, {
    cwd: program.folder ?? repositoryRoot(),
    env: { ...process.env, ...program.environment },
    stdio,
    detached: ownGroup,
  });
  living.add(child);
  const onAbort = () => void stop(child);
  child.once("close", () => {
    living.delete(child);
    signal.removeEventListener("abort", onAbort);
  });
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return child;
}

/** Where a child's output goes when ours is for a machine to read. */
export const stderr = 2;

/**
 * Runs a program to its end, on our own terminal.
 *
 * @throws PlumageError "unavailable" with the name and the exit code if it fails; the signal's
 * reason if it was aborted
 */
export async function run(
  name: string,
  program: Program,
  signal: AbortSignal,
  output: "inherit" | typeof stderr = "inherit",
): Promise<void> {
  const child = start(program, signal, ["ignore", output, "inherit"]);
  const how = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, by) => resolve(by ? `signal ${by}` : `exit code ${code}`));
  });
  signal.throwIfAborted();
  if (how !== "exit code 0") throw new PlumageError("unavailable", `${name} failed with ${how}`);
}
