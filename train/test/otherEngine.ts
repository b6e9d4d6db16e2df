/** Losses of a tiny run by an engine in a process of its own, and what they are held against. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "vitest";

const program = fileURLToPath(new URL("./engineLosses.ts", import.meta.url));
const steps = 20;

/** @param engine a provider of onnxruntime, or "tensorflow" */
export async function engineLosses(engine: string, environment: NodeJS.ProcessEnv = {}): Promise<number[]> {
  const words = ["--import", import.meta.resolve("tsx"), program, engine, String(steps)];
  const env = { ...process.env, ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, words, { env });
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

/** Step for step within a relative 1e-3 of onnxruntime's on the CPU. */
export async function expectLossesOfCpu(losses: readonly number[]): Promise<void> {
  const cpu = await engineLosses("cpu");
  expect(cpu).toHaveLength(steps);
  for (const [step, loss] of losses.entries()) {
    expect(Math.abs(loss / cpu[step]! - 1), `step ${step}`).toBeLessThan(1e-3);
  }
  expect(losses).toHaveLength(steps);
}
