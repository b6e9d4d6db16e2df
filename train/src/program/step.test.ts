import { randomBytes, randomParameters, tinyArchitecture } from "@plumage/models/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { asTensors, everyClassVector, everyTerm } from "../testing/tensors.ts";
import { mapScalars, partScalars } from "./partScalars.ts";
import { type StepOptions, type StepOutputs, trainingStep } from "./step.ts";
import { trainedNames } from "./trained.ts";

const architecture = { ...tinyArchitecture(3), ...everyClassVector };
const options: StepOptions = {
  batchNorm: "frozen",
  objective: everyTerm,
  clipNorm: 1,
  weightDecay: 0.5,
  headRate: 0.1,
  proxyRate: 10,
};

test("an eager step updates every trained parameter and leaks no tensors", async () => {
  await tf.setBackend("cpu");
  const values = randomParameters(architecture, 1);
  const slots = Object.fromEntries(
    Object.entries(asTensors(architecture, values, true)).map(([name, value]) => [
      name,
      { value, expAvg: tf.zeros(value.shape), expAvgSq: tf.zeros(value.shape) },
    ]),
  );
  const scalars = partScalars(options, 0, 1e-3);
  const inputs = {
    slots,
    constants: asTensors(architecture, values, false),
    input: tf.tensor4d(randomBytes(4 * 32 * 32 * 3, 1), [4, 32, 32, 3], "int32"),
    labels: tf.tensor1d([0, 0, 1, 1], "int32"),
    scalars: mapScalars((part, name) => tf.scalar(scalars[part][name])),
  };
  const before = tf.memory().numTensors;
  let outputs!: StepOutputs;
  tf.tidy(() => {
    outputs = trainingStep(architecture, options, inputs);
    for (const { value, expAvg, expAvgSq } of Object.values(outputs.slots))
      for (const each of [value, expAvg, expAvgSq]) tf.keep(each);
  });
  const names = trainedNames(architecture);
  expect(Object.keys(outputs.slots)).toEqual(names);
  const metrics = new Set(Object.values(outputs.metrics));
  // The caller owns three tensors per parameter, and the metrics. Nothing else may remain.
  expect(tf.memory().numTensors - before).toBe(3 * names.length + metrics.size);

  // Adam's first step moves every value by the rate; the descriptors' Linear has a tenth of it,
  // and the proxies ten times as much.
  const largestStep = (name: string) =>
    tf.max(tf.abs(tf.sub(outputs.slots[name]!.value, slots[name]!.value))).dataSync()[0]!;
  expect(largestStep("classifier.bias")).toBeCloseTo(1e-3, 5);
  expect(largestStep("descriptors.G.norm.bias")).toBeCloseTo(1e-3, 5);
  expect(largestStep("classVectors.proxyAnchor")).toBeLessThan(2e-2);
  expect(largestStep("classVectors.proxyAnchor")).toBeGreaterThan(0.9e-2);
  expect(largestStep("descriptors.G.linear.weight")).toBeLessThan(1.6e-4);
  expect(largestStep("descriptors.G.linear.weight")).toBeGreaterThan(0.9e-4);
});
