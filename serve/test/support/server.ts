/** The real server as a child that can be killed at any moment. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../src/commands/serveCommand.ts", import.meta.url));
const tsx = import.meta.resolve("tsx");

export interface Server {
  readonly address: string;
  /** Lines that it said before it was ready. */
  readonly said: readonly string[];
  readonly child: ChildProcess;
}

/**
 * Starts the server of a store; `child.kill` ends it, before it is ready too.
 *
 * @param probe a module that it loads first, and that hears what `child.send` says
 */
export function launch(name: string, port: number, probe?: URL): ChildProcess {
  const words = ["--name", name, "--port", String(port), "--threads", "1", "--log", "error"];
  const modules = ["--import", tsx, ...(probe ? ["--import", probe.href] : [])];
  return spawn(process.execPath, [...modules, program, ...words], {
    stdio: ["ignore", "pipe", "inherit", ...(probe ? (["ipc"] as const) : [])],
  });
}

/** @throws Error if it ends instead */
export async function ready(child: ChildProcess): Promise<Server> {
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    const address = / (http:\/\/\S+)\/$/.exec(line)?.[1];
    if (address) return { address, said, child };
    said.push(line);
  }
  throw new Error(`the server did not come back: ${said.at(-1) ?? "it said nothing"}`);
}

export async function end(child: ChildProcess, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "exit");
  child.kill(signal);
  await closed;
}
