/** Starts the search server for one model and waits until it answers. */
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { PlumageError } from "@plumage/models";
import { type Child, start, stop, typescript } from "../processes.ts";

const startMinutes = 5;

/**
 * Ports below the range from which systems take those of outgoing connections: one that is free now
 * stays free until the server listens.
 */
const ports = { from: 20_000, to: 32_000 };

/** A port on which nothing listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = ports.from + Math.floor(Math.random() * (ports.to - ports.from));
    const probe = createServer().listen(port, "127.0.0.1");
    const isFree = await once(probe, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
}

export interface SearchServer {
  /** Without a slash at the end. */
  readonly url: string;
  readonly process: Child;
  close(): Promise<void>;
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/readyz`).then(
    (response) => response.ok,
    () => false,
  );

export interface ServerOptions {
  /** More arguments for `npm run serve`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * @throws PlumageError "unavailable" if it ends or does not answer within five minutes
 */
export async function startServer(
  name: string,
  port: number,
  signal: AbortSignal,
  { args = [], env = {} }: ServerOptions = {},
): Promise<SearchServer> {
  const file = "serve/src/commands/serveCommand.ts";
  const program = { args: typescript(file, "--name", name, "--port", String(port), ...args), env };
  const child = start(program, signal, 2);
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + startMinutes * 60_000;
  while (!(await isReady(url))) {
    signal.throwIfAborted();
    if (child.exitCode !== null)
      throw new PlumageError("unavailable", `serve ended with exit code ${child.exitCode}`);
    if (performance.now() > deadline) {
      await stop(child);
      const message = `serve did not answer at ${url} within ${startMinutes} minutes`;
      throw new PlumageError("unavailable", message);
    }
    await sleep(200);
  }
  return { url, process: child, close: () => stop(child) };
}
