/** The real server as a child process that can be killed at any moment. */
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const tsx = import.meta.resolve("tsx");

export interface Server {
  readonly url: string;
  readonly child: ChildProcess;
}

/** Starts a command of this package. @param modules that it loads first */
export function startCommand(
  command: "index" | "serve",
  args: readonly string[],
  stdio: StdioOptions,
  modules: readonly string[] = [],
): ChildProcess {
  const url = new URL(`../../src/commands/${command}Command.ts`, import.meta.url);
  const imports = [tsx, ...modules].flatMap((module) => ["--import", module]);
  return spawn(process.execPath, [...imports, fileURLToPath(url), ...args], { stdio });
}

/**
 * Starts the server of a store folder.
 *
 * @param probe a module that the server loads first, and that answers messages to the child
 */
export function startServer(name: string, port: number, probe?: URL): ChildProcess {
  const args = ["--name", name, "--port", String(port), "--threads", "1", "--log", "error"];
  const stdio: StdioOptions = ["ignore", "pipe", "inherit", ...(probe ? (["ipc"] as const) : [])];
  return startCommand("serve", args, stdio, probe ? [probe.href] : []);
}

/** Waits until the server listens. @throws Error if it exits instead */
export async function untilReady(child: ChildProcess): Promise<Server> {
  let lastLine = "it printed nothing";
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = / (http:\/\/\S+)\/$/.exec(line)?.[1];
    if (url) return { url, child };
    lastLine = line;
  }
  throw new Error(`the server exited while starting: ${lastLine}`);
}

export async function stopServer(
  child: ChildProcess,
  signal: "SIGKILL" | "SIGTERM",
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}
