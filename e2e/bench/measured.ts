/** One side of a bench, started as a program of its own. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PlumageError } from "@plumage/models";
import { z } from "zod";

const answer = z.object({
  seconds: z.array(z.number().positive()).min(1),
  version: z.string().optional(),
  recall: z.number().optional(),
});

/** Path of a file of this folder. */
export const fileBeside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * Runs one side's program and reads the JSON line that it ends with: seconds of each run.
 *
 * @throws PlumageError "unavailable" with the program's last line if it fails
 */
export async function measured(
  program: string,
  words: readonly string[],
  signal: AbortSignal,
): Promise<z.infer<typeof answer>> {
  try {
    const { stdout } = await promisify(execFile)(program, [...words], { signal });
    return answer.parse(JSON.parse(stdout.trim().split("\n").at(-1)!));
  } catch (error) {
    signal.throwIfAborted();
    const lines = String((error as { stderr?: string }).stderr || error).trim();
    throw new PlumageError(
      "unavailable",
      `${program} could not be measured: ${lines.split("\n").at(-1)}`,
      "the peer is Python with what the bench's --help names (pip install); --python takes another interpreter",
    );
  }
}
