/** Losses of a tiny run by an engine in a process of its own, and what they are held against. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "vitest";

const program = fileURLToPath(new URL("./engineLosses.ts", import.meta.url));

interface Way {
  /** A provider of onnxruntime, or "tensorflow". */
  readonly engine: string;
  readonly steps: number;
  /** Images at a time, of a batch of 4. */
  readonly microBatch: number;
  readonly environment?: NodeJS.ProcessEnv;
}

/** What tinyLosses (tinyRun.ts) gives there. */
export async function engineLosses({
  engine,
  steps,
  microBatch,
  environment,
}: Way): Promise<number[]> {
  const words = [
    "--import",
    import.meta.resolve("tsx"),
    program,
    engine,
    String(steps),
    String(microBatch),
  ];
  const env = { ...process.env, ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, words, { env });
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

/**
 * Number for number within a relative 1e-3 of onnxruntime's on the CPU, the whole batch at once.
 */
export async function expectLossesOfCpu(losses: readonly number[], steps: number): Promise<void> {
  const cpu = await engineLosses({ engine: "cpu", steps, microBatch: 4 });
  expect(cpu.length).toBeGreaterThan(steps);
  expect(losses).toHaveLength(cpu.length);
  for (const [at, value] of losses.entries()) {
    expect(Math.abs(value / cpu[at]! - 1), `number ${at}`).toBeLessThan(1e-3);
  }
}
