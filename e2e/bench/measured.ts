/** Runs one side of a benchmark as a process of its own. */
import { fileURLToPath } from "node:url";
import { PlumageError } from "@plumage/models";
import { execa } from "execa";
import { z } from "zod";

const answerSchema = z.object({
  seconds: z.array(z.number().positive()).min(1),
  version: z.string().optional(),
  recall: z.number().optional(),
  buildSeconds: z.number().optional(),
  /** Resident memory that an index takes. */
  bytes: z.number().optional(),
});
export type Measured = z.infer<typeof answerSchema>;

/** Path of a file in this folder. */
export const fileBeside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * Runs a program whose last line of output is JSON with the seconds of each run.
 *
 * @throws PlumageError "unavailable" with the program's last line if it fails
 */
export async function measured(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Measured> {
  try {
    const { stdout } = await execa(program, args, { cancelSignal: signal });
    return answerSchema.parse(JSON.parse(stdout.trim().split("\n").at(-1)!));
  } catch (error) {
    signal.throwIfAborted();
    const lines = String((error as { stderr?: string }).stderr || error).trim();
    throw new PlumageError(
      "unavailable",
      `${program} failed: ${lines.split("\n").at(-1)}`,
      "install the Python packages that the benchmark's --help names, or choose another --python",
    );
  }
}
