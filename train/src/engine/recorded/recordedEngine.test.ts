import { randomBytes, randomParameters, tinyArchitecture } from "@plumage/models/testing";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { digests, stateDigests } from "../../../test/digests.ts";
import { stepMetricNames } from "../../objective/index.ts";
import type { Slot } from "../../program/adam.ts";
import { mapScalars, partScalars } from "../../program/partScalars.ts";
import { type StepOptions, trainingStep } from "../../program/step.ts";
import { trainedNames } from "../../program/trained.ts";
import {
  asTensors,
  everyClassVector,
  everyTerm,
  inTorchOrder,
  relativeError,
} from "../../testing/tensors.ts";
import { freshState } from "../state.ts";
import { recordedEngine } from "./recordedEngine.ts";

beforeAll(() => tf.setBackend("cpu"));

const size = 32;
const batch = 4;
const architecture = { ...tinyArchitecture(3, size), ...everyClassVector };
const values = randomParameters(architecture, 3);
const labels = Int32Array.of(0, 0, 1, 1);
const images = (step: number) => randomBytes(batch * size * size * 3, 50 + step);
const rates = [1e-3, 1e-3, 5e-4];

/** The same steps on tfjs's cpu backend, with Adam on tensors. */
function eagerRun() {
  const zeros = (value: tf.Tensor) => tf.zeros(value.shape);
  let slots: Record<string, Slot> = Object.fromEntries(
    Object.entries(asTensors(architecture, values, true)).map(([name, value]) => [
      name,
      { value, expAvg: zeros(value), expAvgSq: zeros(value) },
    ]),
  );
  const constants = asTensors(architecture, values, false);
  const losses = rates.map((rate, iteration) => {
    const scalars = partScalars(options, iteration, rate);
    const outputs = trainingStep(architecture, options, {
      slots,
      constants,
      input: tf.tensor4d(images(iteration), [batch, size, size, 3], "int32"),
      labels: tf.tensor1d(labels, "int32"),
      scalars: mapScalars((part, name) => tf.scalar(scalars[part][name])),
    });
    slots = outputs.slots;
    return outputs.metrics.loss.dataSync()[0]!;
  });
  return { slots, losses };
}

const options: StepOptions = {
  // Frozen, since the statistics of a tiny batch would amplify rounding errors from step to step.
  batchNorm: "frozen",
  objective: everyTerm,
  clipNorm: 1,
  weightDecay: 0.05,
  headRate: 0.1,
  proxyRate: 2,
};
const start = () =>
  recordedEngine(1).start({ architecture, options, batch }, freshState(architecture, values));

test("agrees with tfjs's cpu backend step by step", async () => {
  const run = await start();
  const losses: number[] = [];
  for (const [iteration, rate] of rates.entries()) {
    const metrics = await run.step({ input: images(iteration), labels }, rate);
    expect(Object.keys(metrics)).toEqual([...stepMetricNames]);
    losses.push(metrics.loss);
  }
  const state = await run.state();
  const expected = eagerRun();
  losses.forEach((loss, i) => {
    expect(Math.abs(loss / expected.losses[i]! - 1), `loss of step ${i}`).toBeLessThan(1e-3);
  });
  expect(state.iteration).toBe(rates.length);

  let [count, squares] = [0, 0];
  for (const name of trainedNames(architecture)) {
    const slot = expected.slots[name]!;
    expect(
      relativeError(state.expAvg.get(name)!, inTorchOrder(slot.expAvg)),
      `expAvg of ${name}`,
    ).toBeLessThan(0.01);
    expect(
      relativeError(state.expAvgSq.get(name)!, inTorchOrder(slot.expAvgSq)),
      `expAvgSq of ${name}`,
    ).toBeLessThan(0.01);
    const value = inTorchOrder(slot.value);
    state.parameters.get(name)!.forEach((each, i) => {
      squares += (each - value[i]!) ** 2;
    });
    count += value.length;
  }
  // Adam moves a value by about the rate whatever its gradient's size, so the sign of a gradient
  // near 0 decides. Allow few of those.
  const moved = rates.reduce((sum, rate) => sum + rate, 0);
  expect(Math.sqrt(squares / count) / moved).toBeLessThan(0.01);
  await run.close();
});

test("does not modify its initial state, and resumes from it exactly", async () => {
  const first = await start();
  await first.step({ input: images(0), labels }, rates[0]!);
  const middle = structuredClone(await first.state());
  expect(digests(values)).toEqual(digests(randomParameters(architecture, 3)));
  await first.step({ input: images(1), labels }, rates[1]!);
  const whole = stateDigests(await first.state());

  const second = await recordedEngine(1).start({ architecture, options, batch }, middle);
  await second.step({ input: images(1), labels }, rates[1]!);
  expect(stateDigests(await second.state())).toEqual(whole);
  expect(whole.iteration).toBe(2);
  await first.close();
  await second.close();
});
