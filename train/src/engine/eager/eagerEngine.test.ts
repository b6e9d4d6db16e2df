import { parameterTable } from "@plumage/models";
import { randomBytes, randomParameters, tinyArchitecture } from "@plumage/models/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { everyClassVector, relativeError, stepOptions } from "../../testing/tensors.ts";
import type { Engine } from "../engine.ts";
import { recordedEngine } from "../recorded/recordedEngine.ts";
import { freshState } from "../state.ts";
import { eagerEngine } from "./eagerEngine.ts";

const size = 32;
const batch = 4;
const steps = 20;
const architecture = { ...tinyArchitecture(2, size), ...everyClassVector, width: 4 };

async function losses(engine: Engine) {
  const run = await engine.start(
    { architecture, options: stepOptions, batch },
    freshState(architecture, randomParameters(architecture, 3)),
  );
  const values: number[] = [];
  const tensors: number[] = [];
  for (let step = 0; step < steps; step++) {
    const input = randomBytes(batch * size * size * 3, 50 + step);
    const { loss } = await run.step({ input, labels: Int32Array.of(0, 0, 1, 1) }, 1e-4);
    values.push(loss);
    tensors.push(tf.memory().numTensors);
  }
  const state = await run.state();
  await run.close();
  return { values, tensors, state };
}

test("agrees with the recorded engine, and leaks no tensors", async () => {
  const before = tf.memory().numTensors;
  const eager = await losses(eagerEngine("cpu", "tfjs"));
  expect(new Set(eager.tensors).size).toBe(1);
  expect(tf.memory().numTensors).toBe(before);

  const recorded = await losses(recordedEngine(1));
  for (const [step, loss] of recorded.values.entries()) {
    expect(Math.abs(loss / eager.values[step]! - 1), `step ${step}`).toBeLessThan(1e-3);
  }
  expect(eager.state.iteration).toBe(steps);
  for (const { name } of parameterTable(architecture)) {
    const [actual, expected] = [eager, recorded].map(
      ({ state }) => state.parameters.get(name)!,
    ) as [Float32Array, Float32Array];
    expect(relativeError(actual, expected), name).toBeLessThan(1e-3);
  }
});
