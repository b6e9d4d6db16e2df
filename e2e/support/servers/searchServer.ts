/** Starts the search server of one model and waits until it answers. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { PlumageError } from "@plumage/models";
import { start, stderr, stop, typescript } from "../processes.ts";

const startSeconds = 60;

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export interface SearchServer {
  /** Without a slash at the end. */
  readonly url: string;
  readonly process: ChildProcess;
  close(): Promise<void>;
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  );

/**
 * @param words more words for `npm run serve`
 * @throws PlumageError "unavailable" if it ends or does not answer within a minute
 */
export async function startServer(
  name: string,
  port: number,
  signal: AbortSignal,
  words: readonly string[] = [],
): Promise<SearchServer> {
  const program = {
    words: typescript(
      "serve/src/commands/serveCommand.ts",
      "--name",
      name,
      "--port",
      String(port),
      ...words,
    ),
  };
  const child = start(program, signal, ["ignore", stderr, "inherit"]);
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + startSeconds * 1000;
  while (!(await answers(`${url}/readyz`))) {
    signal.throwIfAborted();
    if (child.exitCode !== null)
      throw new PlumageError("unavailable", `serve ended with exit code ${child.exitCode}`);
    if (performance.now() > deadline) {
      await stop(child);
      throw new PlumageError(
        "unavailable",
        `serve gave no answer at ${url} within ${startSeconds} s`,
      );
    }
    await sleep(200);
  }
  return { url, process: child, close: () => stop(child) };
}
