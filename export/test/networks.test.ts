/** Records networks other than the embedder: forward, backward, fp16 and int8. */

import * as ort from "@plumage/models/onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { readOnnx, recordModel, tidy, toFp16, toInt8, writeOnnx } from "../src/recorder/index.ts";
import {
  inputSpecs,
  layerNormMlp,
  mobileNetLike,
  type Network,
  parameterValues,
} from "./networks.ts";
import { expectSameGradients, numbers } from "./oracle.ts";

const record = (network: Network) =>
  recordModel(({ x, ...parameters }) => ({ y: network.run(x!, parameters) }), inputSpecs(network), {
    name: "network",
  });

const input = ({ inputShape }: Network, count: number, seed = 3) =>
  numbers([count, ...inputShape], seed, -1, 1);

function eager(network: Network, x: Float32Array, count: number): Float32Array {
  const parameters = Array.from(parameterValues(network), ([name, data]) => [
    name,
    tf.tensor(data, [...network.parameters[name]!]),
  ]);
  return network
    .run(tf.tensor(x, [count, ...network.inputShape]), Object.fromEntries(parameters))
    .dataSync() as Float32Array;
}

async function run(
  bytes: Uint8Array,
  { inputShape }: Network,
  x: Float32Array,
  count: number,
): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const { y } = await session.run({ x: new ort.Tensor("float32", x, [count, ...inputShape]) });
  await session.release();
  return y!.data as Float32Array;
}

const largestDifference = (a: Float32Array, b: Float32Array) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / Math.max(...b.map(Math.abs));

describe.each([mobileNetLike, layerNormMlp])("$name", (network) => {
  test("equals tfjs for any batch size", async () => {
    const { bytes, inputs } = record(network);
    expect(inputs).toEqual([{ name: "x", type: "float32", shape: ["N", ...network.inputShape] }]);
    for (const count of [1, 3]) {
      const x = input(network, count);
      const expected = eager(network, x, count);
      expect(new Set(expected).size).toBeGreaterThan(4);
      expect(largestDifference(await run(bytes, network, x, count), expected)).toBeLessThan(1e-5);
    }
  });

  test("in fp16 is within half precision", async () => {
    const model = tidy(readOnnx(record(network).bytes));
    const half = writeOnnx(toFp16(model));
    const x = input(network, 5);
    const difference = largestDifference(await run(half, network, x, 5), eager(network, x, 5));
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(5e-3);
  });

  test("in int8 is close, after calibration on other inputs", async () => {
    const model = tidy(readOnnx(record(network).bytes));
    const batches = async function* () {
      for (const seed of [11, 12, 13, 14]) {
        yield new ort.Tensor("float32", input(network, 32, seed), [32, ...network.inputShape]);
      }
    };
    const int8 = await toInt8(model, batches());
    expect(int8.constants.filter(({ type }) => type === "int8").length).toBeGreaterThan(3);
    const quantized = writeOnnx(int8);
    const x = input(network, 5);
    const difference = largestDifference(await run(quantized, network, x, 5), eager(network, x, 5));
    expect(difference).toBeGreaterThan(1e-4);
    expect(difference).toBeLessThan(0.05);
  });
});

// Only the MLP: the gradient of a depthwise convolution has no lowering.
test("the MLP's gradients equal tfjs's, for its input and every parameter", async () => {
  const values = parameterValues(layerNormMlp);
  const names = [...values.keys()];
  await expectSameGradients(
    (x, ...tensors) =>
      layerNormMlp.run(x!, Object.fromEntries(tensors.map((tensor, i) => [names[i], tensor]))),
    [
      { shape: [2, ...layerNormMlp.inputShape], values: input(layerNormMlp, 2) },
      ...Array.from(values, ([name, values]) => ({
        shape: layerNormMlp.parameters[name]!,
        values,
      })),
    ],
  );
});
