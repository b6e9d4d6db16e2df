import "../../tensors.ts";
import { randomFloats } from "@plumage/models/testing";
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { relativeError } from "../../testing/tensors.ts";
import { padTensorflowKernels } from "./tensorflowPads.ts";

const unsupported: string[] = [
  tf.MaxPool,
  tf.MaxPoolGrad,
  tf.Conv2DBackpropFilter,
  tf.Conv2DBackpropInput,
];

/** Registers the cpu backend as "tensorflow", with tfjs-node's restrictions on padding. */
beforeAll(() => {
  tf.registerBackend("tensorflow", () => new MathBackendCPU());
  for (const kernel of tf.getKernelsForBackend("cpu")) {
    tf.registerKernel({
      ...kernel,
      backendName: "tensorflow",
      kernelFunc: (given) => {
        const pad = given.attrs?.pad;
        if (!unsupported.includes(kernel.kernelName)) return kernel.kernelFunc(given);
        if (pad !== "valid" && pad !== "same") throw new Error("unsupported padding");
        // tfjs-node's kernels return tensors that are registered with the engine.
        return tf.engine().makeTensorFromTensorInfo(kernel.kernelFunc(given) as tf.TensorInfo);
      },
    });
  }
});

const tensor = (shape: number[], seed: number, low = -1) =>
  tf.tensor(randomFloats(tf.util.sizeFromShape(shape), seed, low, 1), shape);

/** Value and gradients on a backend. */
async function results(
  backend: string,
  compute: (...inputs: tf.Tensor[]) => tf.Tensor,
  shapes: number[][],
  low = -1,
) {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const inputs = shapes.map((shape, i) => tensor(shape, i + 1, low));
  const { value, grads } = tf.valueAndGrads((...xs: tf.Tensor[]) => {
    const y = compute(...xs);
    // Weighted, so that each output contributes differently.
    return tf.sum(tf.mul(y, tensor(y.shape, 9))) as tf.Scalar;
  })(inputs);
  const values = [value, ...grads].map((each) => each.dataSync());
  tf.dispose([inputs, value, grads]);
  expect(tf.memory().numTensors, "leaked tensors").toBe(before);
  return values;
}

const padding: [number, number][] = [
  [0, 0],
  [1, 1],
  [1, 1],
  [0, 0],
];
const pool = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 3, 2, 1);
const conv = (stride: number) => (x: tf.Tensor, filter?: tf.Tensor) =>
  tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, padding as never);
const filter = [3, 3, 3, 4];

const cases = [
  { name: "MaxPool", compute: pool, shapes: [[2, 7, 8, 3]] },
  { name: "MaxPool of mostly negative values", compute: pool, shapes: [[2, 6, 6, 3]], low: -3 },
  { name: "Conv2D, stride 1", compute: conv(1), shapes: [[2, 6, 5, 3], filter] },
  { name: "Conv2D, stride 2", compute: conv(2), shapes: [[2, 8, 7, 3], filter] },
];

test("tensorflow rejects explicit padding until its kernels are replaced", async () => {
  await expect(results("tensorflow", pool, [[1, 4, 4, 1]])).rejects.toThrow("unsupported padding");
  padTensorflowKernels();
  await expect(results("tensorflow", pool, [[1, 4, 4, 1]])).resolves.toBeDefined();
});

test.each(cases)(
  "$name, 3 x 3, padding 1: value and gradients equal the cpu backend's",
  async ({ compute, shapes, low }) => {
    const actual = await results("tensorflow", compute, shapes, low);
    const expected = await results("cpu", compute, shapes, low);
    for (const [i, values] of expected.entries())
      expect(relativeError(actual[i]!, values)).toBeLessThan(1e-6);
  },
);
