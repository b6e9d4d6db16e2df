/** Runs tinyLosses on an engine in a child process, and compares it with the CPU's. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "vitest";

const program = fileURLToPath(new URL("./engineLosses.ts", import.meta.url));

interface EngineRun {
  /** A provider of onnxruntime, or "tensorflow". */
  readonly engine: string;
  readonly steps: number;
  /** Images per micro-batch, of a batch of 4. */
  readonly microBatch: number;
  readonly environment?: NodeJS.ProcessEnv;
}

/** The result of tinyLosses (tinyRun.ts) in a child process. */
export async function engineLosses({
  engine,
  steps,
  microBatch,
  environment,
}: EngineRun): Promise<number[]> {
  const args = [
    "--import",
    import.meta.resolve("tsx"),
    program,
    engine,
    String(steps),
    String(microBatch),
  ];
  const env = { ...process.env, ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

/** Asserts a relative difference below 1e-3 to onnxruntime's CPU provider on whole batches. */
export async function expectLossesOfCpu(losses: readonly number[], steps: number): Promise<void> {
  const cpu = await engineLosses({ engine: "cpu", steps, microBatch: 4 });
  expect(cpu.length).toBeGreaterThan(steps);
  expect(losses).toHaveLength(cpu.length);
  for (const [i, value] of losses.entries()) {
    expect(Math.abs(value / cpu[i]! - 1), `value ${i}`).toBeLessThan(1e-3);
  }
}
