import * as ort from "@plumage/models/onnxruntime";
import { randomFloats } from "@plumage/models/testing";
import { expect, test } from "vitest";
import type { Constant } from "../graph.ts";
import { type OnnxModel, writeOnnx } from "../model.ts";
import { toInt8 } from "./toInt8.ts";

const constant = (name: string, shape: number[], seed: number): Constant => {
  const count = shape.reduce((product, size) => product * size, 1);
  const bytes = new Uint8Array(randomFloats(count, seed, -1, 1).buffer);
  return { name, type: "float32", shape, bytes };
};

/** Two convolutions of halves of the channels. */
const split: OnnxModel = {
  name: "split",
  metadata: {},
  inputs: [{ name: "x", type: "float32", shape: ["N", 4, 6, 6] }],
  outputs: [{ name: "y", type: "float32" }],
  nodes: [
    { type: "Split", inputs: ["x"], outputs: ["a", "b"], attributes: { axis: 1 } },
    { type: "Conv", inputs: ["a", "v"], outputs: ["c"], attributes: {} },
    { type: "Conv", inputs: ["b", "w"], outputs: ["d"], attributes: {} },
    { type: "Sub", inputs: ["c", "d"], outputs: ["y"], attributes: {} },
  ],
  constants: [constant("v", [3, 2, 3, 3], 1), constant("w", [3, 2, 3, 3], 2)],
};

const example = (seed: number) =>
  new ort.Tensor("float32", randomFloats(2 * 4 * 36, seed, -1, 1), [2, 4, 6, 6]);

async function* examples() {
  yield example(3);
  yield example(4);
}

async function run(model: OnnxModel): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(writeOnnx(model), { logSeverityLevel: 3 });
  const { y } = await session.run({ x: example(9) });
  await session.release();
  return y!.data as Float32Array;
}

test("quantizes every output of a node", async () => {
  const int8 = await toInt8(split, examples());
  const stored = int8.nodes.filter(({ type }) => type === "QuantizeLinear");
  expect(stored.map(({ inputs }) => inputs[0])).toEqual(["a", "b", "c", "d"]);
  const [exact, rounded] = [await run(split), await run(int8)];
  const length = (values: Float32Array) => Math.hypot(...values);
  const errors = exact.map((value, i) => value - rounded[i]!);
  expect(length(errors) / length(exact)).toBeLessThan(0.1);
});

/** Two convolutions; the second pads, by a node of its own or by an attribute. */
const padded = (withNode: boolean, value = 0): OnnxModel => ({
  ...split,
  nodes: [
    { type: "Conv", inputs: ["x", "u"], outputs: ["a"], attributes: {} },
    { type: "Relu", inputs: ["a"], outputs: ["b"], attributes: {} },
    ...(withNode
      ? [{ type: "Pad", inputs: ["b", "pads", "value"], outputs: ["c"], attributes: {} }]
      : []),
    {
      type: "Conv",
      inputs: [withNode ? "c" : "b", "v"],
      outputs: ["d"],
      attributes: withNode ? {} : { pads: [1, 0, 2, 0] },
    },
    { type: "Tanh", inputs: ["d"], outputs: ["y"], attributes: {} },
  ],
  constants: [
    constant("u", [2, 4, 3, 3], 1),
    constant("v", [3, 2, 3, 3], 2),
    {
      name: "pads",
      type: "int64",
      shape: [8],
      bytes: new Uint8Array(BigInt64Array.of(0n, 0n, 1n, 0n, 0n, 0n, 2n, 0n).buffer),
    },
    {
      name: "value",
      type: "float32",
      shape: [],
      bytes: new Uint8Array(Float32Array.of(value).buffer),
    },
  ],
});

test("pads with zeros in 8 bits, as a convolution does", async () => {
  const int8 = await toInt8(padded(true), examples());
  const pad = int8.nodes.find(({ type }) => type === "Pad")!;
  expect(pad.inputs).toEqual(["b/quantized", "pads", "b/zero_point"]);
  expect(await run(int8)).toEqual(await run(await toInt8(padded(false), examples())));
});

test("pads with other values in float", async () => {
  const int8 = await toInt8(padded(true, 0.5), examples());
  expect(int8.nodes.find(({ type }) => type === "Pad")!.inputs[0]).toBe("b/dequantized");
  const [exact, rounded] = [await run(padded(true, 0.5)), await run(int8)];
  const errors = exact.map((value, i) => value - rounded[i]!);
  expect(Math.hypot(...errors) / Math.hypot(...exact)).toBeLessThan(0.1);
});
