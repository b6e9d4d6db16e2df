/** onnxruntime-node's providers, each file on each in a process of its own. */
import { fileURLToPath } from "node:url";
import { PlumageError } from "@plumage/models";
import { execa } from "execa";
import { typescript } from "../support/processes.ts";
import { answerSchema, type Outcome, sessionRefused } from "./answer.ts";

const program = fileURLToPath(new URL("./nodeProgram.ts", import.meta.url));
/** A software adapter compiles every shader on the CPU. */
const timeoutMs = 300_000;

/**
 * @param provider onnxruntime-node's name of it
 * @param env environment variables on top of this process's
 * @throws PlumageError "unavailable" if the session opened and then failed; a process that native
 * code ended counts as an absent provider
 */
export async function runInNode(
  folder: string,
  file: string,
  provider: string,
  signal: AbortSignal,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const result = await execa(process.execPath, typescript(program, folder, file, provider), {
    cancelSignal: signal,
    timeout: timeoutMs,
    env,
    reject: false,
  });
  signal.throwIfAborted();
  if (result.exitCode === 0) return { answer: answerSchema.parse(JSON.parse(result.stdout)) };
  if (result.exitCode === sessionRefused) return { absent: reason(result.stderr) };
  if (result.timedOut) return { absent: `no answer within ${timeoutMs / 1000} s` };
  if (result.signal) return { absent: `its process ended with ${result.signal}` };
  const message = `onnxruntime-node failed on ${provider} with ${file}: ${result.stderr}`;
  throw new PlumageError("unavailable", message);
}

/** onnxruntime's last line, without the location in its source. */
const reason = (stderr: string): string =>
  stderr
    .split("\n")
    .at(-1)!
    .replace(/^\/.* was false\. /, "");
