/**
 * Tries a device in a process of its own: native libraries that are missing write to the terminal,
 * and may crash.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";

export type ProbeTarget = "tfjs-node-gpu" | "cuda" | "webgpu";

const answerSchema = z.object({ ok: z.boolean(), message: z.string(), gpu: z.boolean() });
export type ProbeAnswer = z.infer<typeof answerSchema>;

const program = fileURLToPath(new URL("./probeProgram.ts", import.meta.url));
const patienceMs = 60_000;

/** Whether a library loads and computes; never throws. */
export async function probe(target: ProbeTarget): Promise<ProbeAnswer> {
  const words = ["--import", import.meta.resolve("tsx"), program, target];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, words, { timeout: patienceMs });
    return answerSchema.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
  } catch (error) {
    const { signal, killed } = error as { signal?: string; killed?: boolean };
    const message = killed
      ? "it did not answer within a minute"
      : signal
        ? `it ended with ${signal}`
        : "it failed";
    return { ok: false, message, gpu: false };
  }
}
