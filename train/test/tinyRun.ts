/**
 * The same few steps of a tiny network on any engine and in any program that runs JavaScript, for
 * comparing losses.
 */
import type { ParameterValues } from "@plumage/models";
import type { Engine } from "../src/engine/engine.ts";
import { freshState } from "../src/engine/state.ts";
import { bytes, everyTerm, tiny, trainedLooking } from "./tiny.ts";

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
  const architecture = { ...tiny(2, side), width: 4 };
  const options = {
    batchNorm: "frozen",
    objective: everyTerm,
    clipNorm: 1,
    weightDecay: 0.05,
    headRate: 0.3,
  } as const;
  const first = freshState(architecture, trainedLooking(architecture, 3));
  const run = await engine.start({ architecture, options, batch, microBatch }, first);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const images = bytes(batch * side * side * 3, 50 + step);
    losses.push((await run.step({ images, labels: Int32Array.of(0, 0, 1, 1) }, 1e-4)).loss);
  }
  const { parameters, means, squares } = await run.state();
  await run.close();
  return [...losses, ...[parameters, means, squares].map(lengthOf)];
}

function lengthOf(values: ParameterValues): number {
  let sum = 0;
  for (const numbers of values.values()) for (const number of numbers) sum += number * number;
  return Math.sqrt(sum);
}
