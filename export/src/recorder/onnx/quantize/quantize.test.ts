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

async function run(model: OnnxModel): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(writeOnnx(model), { logSeverityLevel: 3 });
  const { y } = await session.run({ x: example(9) });
  await session.release();
  return y!.data as Float32Array;
}

test("quantizes every output of a node", async () => {
  const int8 = await toInt8(
    split,
    (async function* () {
      yield example(3);
      yield example(4);
    })(),
  );
  const stored = int8.nodes.filter(({ type }) => type === "QuantizeLinear");
  expect(stored.map(({ inputs }) => inputs[0])).toEqual(["a", "b", "c", "d"]);
  const [exact, rounded] = [await run(split), await run(int8)];
  const length = (values: Float32Array) => Math.hypot(...values);
  const errors = exact.map((value, i) => value - rounded[i]!);
  expect(length(errors) / length(exact)).toBeLessThan(0.1);
});
