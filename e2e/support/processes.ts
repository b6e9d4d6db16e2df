/** Runs the project's own commands as child processes that never outlive this one. */
import { PlumageError } from "@plumage/models";
import { repositoryRoot } from "@plumage/models/node";
import { execa, type ResultPromise } from "execa";

/** A program to run with this same Node. */
export interface Program {
  /** What follows `node` on the command line. */
  readonly args: readonly string[];
  /** Working directory; the repository's root by default. */
  readonly cwd?: string;
  /** Environment variables on top of this process's. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Where a child's output goes. Number 2 sends its stdout to our stderr, which keeps ours clean. */
export type Output = "inherit" | "pipe" | "ignore" | 2;

export type Child = ResultPromise<{ readonly reject: false; readonly buffer: false }>;

/** Node's arguments for a TypeScript file and its own arguments. */
export const typescript = (file: string, ...args: string[]): string[] => [
  "--import",
  import.meta.resolve("tsx"),
  file,
  ...args,
];

const graceMs = 10_000;
const running = new Set<Child>();
process.on("exit", () => {
  for (const child of running) signalGroup(child, "SIGKILL");
});

/**
 * Each child leads a process group of its own. Ctrl-C in the terminal then reaches this process
 * alone, which stops its children, and whatever they started, in order.
 */
const ownGroup = process.platform !== "win32";

function signalGroup(child: Child, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (ownGroup) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // It has ended in the meantime.
  }
}

/** Sends SIGTERM, and SIGKILL ten seconds later. Resolves once the child has ended. */
export async function stop(child: Child): Promise<void> {
  if (!running.has(child)) return;
  signalGroup(child, "SIGTERM");
  const timer = setTimeout(() => signalGroup(child, "SIGKILL"), graceMs);
  await child;
  clearTimeout(timer);
}

/** Starts a program. It is stopped when the signal aborts or this process exits. */
export function start(
  { args, cwd = repositoryRoot(), env = {} }: Program,
  signal: AbortSignal,
  output: Output = "inherit",
): Child {
  const child = execa(process.execPath, args, {
    cwd,
    env,
    detached: ownGroup,
    reject: false,
    buffer: false,
    stdin: "ignore",
    stdout: output,
    stderr: output === 2 ? "inherit" : output,
  }) as Child;
  running.add(child);
  const onAbort = () => void stop(child);
  child.finally(() => {
    running.delete(child);
    signal.removeEventListener("abort", onAbort);
  });
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return child;
}

/**
 * Runs a program to its end.
 *
 * @returns its exit code, or the name of the signal that ended it
 * @throws the signal's reason if it was aborted
 */
export async function exitOf(
  program: Program,
  signal: AbortSignal,
  output: Output = "inherit",
): Promise<number | string> {
  const result = await start(program, signal, output);
  signal.throwIfAborted();
  return result.exitCode ?? result.signal ?? result.originalMessage ?? "an unknown error";
}

/**
 * Runs a program that must succeed.
 *
 * @param name what the error calls it
 * @throws PlumageError "unavailable" if it fails; the signal's reason if it was aborted
 */
export async function run(
  name: string,
  program: Program,
  signal: AbortSignal,
  output: Output = "inherit",
): Promise<void> {
  const exit = await exitOf(program, signal, output);
  if (exit === 0) return;
  const how = typeof exit === "number" ? `exit code ${exit}` : exit;
  throw new PlumageError("unavailable", `${name} failed with ${how}`);
}

/** Runs a program to its end and captures what it writes. */
export const capture = ({ args, cwd = repositoryRoot(), env = {} }: Program) =>
  execa(process.execPath, args, {
    cwd,
    env,
    reject: false,
    stdin: "ignore",
    stripFinalNewline: false,
  });
