/** A few training steps of a tiny network, to compare engines. Browser-safe. */
import type { ParameterValues } from "@plumage/models";
import { randomBytes, randomParameters, tinyArchitecture } from "@plumage/models/testing";
import type { Engine } from "../engine/engine.ts";
import { freshState } from "../engine/state.ts";
import { everyClassVector, stepOptions } from "./tensors.ts";

const size = 32;
const batch = 4;

/**
 * @param microBatch images per micro-batch, of a batch of 4
 * @returns the loss of each step before its update, then the Euclidean norms of all parameters and
 * of Adam's two moving averages
 */
export async function tinyLosses(
  engine: Engine,
  steps: number,
  microBatch = batch,
): Promise<number[]> {
  const architecture = { ...tinyArchitecture(2, size), ...everyClassVector, width: 4 };
  const first = freshState(architecture, randomParameters(architecture, 3));
  const run = await engine.start({ architecture, options: stepOptions, batch, microBatch }, first);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const input = randomBytes(batch * size * size * 3, 50 + step);
    losses.push((await run.step({ input, labels: Int32Array.of(0, 0, 1, 1) }, 1e-4)).loss);
  }
  const { parameters, expAvg, expAvgSq } = await run.state();
  await run.close();
  return [...losses, ...[parameters, expAvg, expAvgSq].map(normOf)];
}

function normOf(values: ParameterValues): number {
  let sum = 0;
  for (const numbers of values.values()) for (const number of numbers) sum += number * number;
  return Math.sqrt(sum);
}
