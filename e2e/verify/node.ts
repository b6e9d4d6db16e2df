/** onnxruntime-node's providers, each file on each in a process of its own. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PlumageError } from "@plumage/models";
import { typescript } from "../support/processes.ts";
import { answerSchema, type Outcome, sessionRefused } from "./answer.ts";

const program = fileURLToPath(new URL("./nodeProgram.ts", import.meta.url));
/** A software adapter compiles every shader on the processor. */
const timeout = 300_000;
const maxBuffer = 1 << 26;

/**
 * @param provider as onnxruntime-node calls it
 * @param environment what the process gets beside this one's own
 * @throws PlumageError "unavailable" if a session was made and then failed, unless native code
 * ended the process
 */
export async function runInNode(
  folder: string,
  file: string,
  provider: string,
  signal: AbortSignal,
  environment: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  try {
    const words = typescript(program, folder, file, provider);
    const env = { ...process.env, ...environment };
    const { stdout } = await promisify(execFile)(process.execPath, words, {
      signal,
      timeout,
      maxBuffer,
      env,
    });
    return { answer: answerSchema.parse(JSON.parse(stdout)) };
  } catch (error) {
    signal.throwIfAborted();
    const { code, signal: by, killed, stderr = "" } = error as Ended;
    if (code === sessionRefused) return { absent: reason(stderr) };
    if (killed) return { absent: `no answer within ${timeout / 1000} s` };
    if (by) return { absent: `its process was ended by ${by}` };
    throw new PlumageError(
      "unavailable",
      `onnxruntime-node failed with ${file} on ${provider}: ${stderr.trim()}`,
    );
  }
}

/** onnxruntime's last line, without the place in its own source. */
const reason = (stderr: string): string =>
  stderr
    .trim()
    .split("\n")
    .at(-1)!
    .replace(/^\/.* was false\. /, "");

/** What execFile adds to its error. */
interface Ended {
  readonly code?: number | string;
  readonly signal?: NodeJS.Signals;
  readonly killed?: boolean;
  readonly stderr?: string;
}
