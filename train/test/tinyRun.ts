/**
 * The same few steps of a tiny network on any engine and in any program that runs JavaScript, for
 * comparing losses.
 */
import type { ParameterValues } from "@plumage/models";
import { randomBytes, randomParameters, tinyArchitecture } from "@plumage/models/testing";
import type { Engine } from "../src/engine/engine.ts";
import { freshState } from "../src/engine/state.ts";
import { stepOptions } from "./tensors.ts";

const side = 32;
const batch = 4;

/**
 * @param microBatch images that pass through the network at a time, of a batch of 4
 * @returns each step's loss before its update, and last the Euclidean lengths of all parameters and
 * of Adam's two means
 */
export async function tinyLosses(
  engine: Engine,
  steps: number,
  microBatch = batch,
): Promise<number[]> {
  const architecture = { ...tinyArchitecture(2, side), width: 4 };
  const first = freshState(architecture, randomParameters(architecture, 3));
  const run = await engine.start({ architecture, options: stepOptions, batch, microBatch }, first);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const images = randomBytes(batch * side * side * 3, 50 + step);
    losses.push((await run.step({ images, labels: Int32Array.of(0, 0, 1, 1) }, 1e-4)).loss);
  }
  const { parameters, expAvg, expAvgSq } = await run.state();
  await run.close();
  return [...losses, ...[parameters, expAvg, expAvgSq].map(lengthOf)];
}

function lengthOf(values: ParameterValues): number {
  let sum = 0;
  for (const numbers of values.values()) for (const number of numbers) sum += number * number;
  return Math.sqrt(sum);
}
