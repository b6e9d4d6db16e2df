/**
 * Tries a device in a child process, since native libraries with missing dependencies write to the
 * terminal and may crash.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";

export type ProbeTarget = "tfjs-node-gpu" | "cuda" | "webgpu";

const resultSchema = z.object({ ok: z.boolean(), message: z.string(), gpu: z.boolean() });
export type ProbeResult = z.infer<typeof resultSchema>;

const program = fileURLToPath(new URL("./probeProgram.ts", import.meta.url));
const timeoutMs = 60_000;

/** Whether a library loads and computes correctly. Never throws. */
export async function probe(target: ProbeTarget): Promise<ProbeResult> {
  const args = ["--import", import.meta.resolve("tsx"), program, target];
  try {
    const options = { timeout: timeoutMs };
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    return resultSchema.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
  } catch (error) {
    const { signal, killed } = error as { signal?: string; killed?: boolean };
    const crash = signal ? `crashed with ${signal}` : "failed";
    const message = killed ? "no answer within a minute" : crash;
    return { ok: false, message, gpu: false };
  }
}
