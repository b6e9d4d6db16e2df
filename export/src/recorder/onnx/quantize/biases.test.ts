import { randomFloats } from "@plumage/models/testing";
import { expect, test } from "vitest";
import type { Constant, GraphNode } from "../graph.ts";
import type { OnnxModel } from "../model.ts";
import { correctBiases } from "./biases.ts";
import { planQuantization } from "./plan.ts";
import { quantizeWeights } from "./weights.ts";

const constant = (name: string, shape: number[], seed: number): Constant => {
  const count = shape.reduce((product, size) => product * size, 1);
  const bytes = new Uint8Array(randomFloats(count, seed, -1, 1).buffer);
  return { name, type: "float32", shape, bytes };
};

const valuesOf = ({ bytes }: Constant) => new Float32Array(bytes.buffer);

const convolution = (outputs: number, perGroup: number, group: number): OnnxModel => ({
  name: "convolution",
  metadata: {},
  inputs: [{ name: "x", type: "float32", shape: ["N", perGroup * group, "H", "W"] }],
  outputs: [{ name: "y", type: "float32" }],
  nodes: [{ type: "Conv", inputs: ["x", "w", "b"], outputs: ["y"], attributes: { group } }],
  constants: [constant("w", [outputs, perGroup, 3, 3], 1), constant("b", [outputs], 2)],
});

test.each([
  ["one group", 5, 4, 1],
  ["two groups", 6, 2, 2],
  ["depthwise", 8, 1, 8],
])("rounded weights give the exact mean output: %s", (_, outputs, perGroup, group) => {
  const model = convolution(outputs, perGroup, group);
  const inputs = perGroup * group;
  const means = randomFloats(inputs, 3, 0, 2);
  const corrected = correctBiases(model, planQuantization(model), new Map([["x", means]]));
  const [weights, bias] = model.constants as [Constant, Constant];
  expect(corrected.constants[0]).toEqual(weights);
  const { values, scales } = quantizeWeights(weights, 0);
  const rounded = (i: number, output: number) => values[i]! * scales[output]!;

  /** The output where every input is its channel's mean. */
  const meanOutput = (
    output: number,
    weight: (i: number) => number,
    biases: Float32Array,
  ): number => {
    let sum = biases[output]!;
    const firstInput = Math.floor(output / (outputs / group)) * perGroup;
    for (let input = 0; input < perGroup; input++) {
      for (let tap = 0; tap < 9; tap++) {
        sum += weight((output * perGroup + input) * 9 + tap) * means[firstInput + input]!;
      }
    }
    return sum;
  };
  for (let output = 0; output < outputs; output++) {
    const exact = meanOutput(output, (i) => valuesOf(weights)[i]!, valuesOf(bias));
    const before = meanOutput(output, (i) => rounded(i, output), valuesOf(bias));
    const after = valuesOf(corrected.constants[1]!);
    expect(Math.abs(before - exact)).toBeGreaterThan(1e-5);
    expect(meanOutput(output, (i) => rounded(i, output), after)).toBeCloseTo(exact, 5);
  }
});

test("leaves layers that stay float as they are", () => {
  const model = convolution(5, 4, 1);
  const plan = { ...planQuantization(model), nodes: new Set<GraphNode>() };
  expect(correctBiases(model, plan, new Map()).constants).toEqual(model.constants);
});
