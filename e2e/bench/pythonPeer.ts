/** The serve benchmark's peer: FastAPI with Pillow, torch and faiss. */
import { setTimeout as sleep } from "node:timers/promises";
import { PlumageError } from "@plumage/models";
import { execa } from "execa";
import { fileBeside } from "./measured.ts";

const startSeconds = 120;

/** A running server that takes POST /search. */
export interface Side {
  /** Without a slash at the end. */
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
}

/**
 * @param args fastapi_serve.py's arguments after the port
 * @throws PlumageError "unavailable" if it ends or does not answer within two minutes
 */
export async function startPeer(
  python: string,
  args: readonly string[],
  port: number,
): Promise<Side & { readonly version: string }> {
  const child = execa(python, [fileBeside("fastapi_serve.py"), String(port), ...args], {
    stdin: "ignore",
    stdout: "ignore",
    reject: false,
  });
  const close = async () => {
    child.kill();
    await child;
  };
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + startSeconds * 1000;
  while (child.exitCode === null && performance.now() < deadline) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) {
      const { version } = (await answer.json()) as { version: string };
      return { url, pid: child.pid!, version, close };
    }
    await sleep(200);
  }
  child.kill();
  const { stderr } = await child;
  const reason = stderr.split("\n").at(-1) || "no answer";
  const message = `the Python server did not start: ${reason}`;
  throw new PlumageError("unavailable", message, "see --help for the packages it needs");
}
