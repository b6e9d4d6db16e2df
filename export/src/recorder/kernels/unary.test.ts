import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectSame, expectSameGradients, numbers, runRecorded } from "../../../test/oracle.ts";

const shapes = [[7], [3, 5], [2, 3, 4, 5]];
const positive = (shape: readonly number[]) => ({ shape, values: numbers(shape, 5, 0.2, 3) });

const anywhere: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  Abs: tf.abs,
  ClipByValue: (x) => tf.clipByValue(x, -0.5, 1),
  Cos: tf.cos,
  Erf: tf.erf,
  Exp: tf.exp,
  Neg: tf.neg,
  Relu: tf.relu,
  Relu6: tf.relu6,
  Sigmoid: tf.sigmoid,
  Sin: tf.sin,
  Square: tf.square,
  Tanh: tf.tanh,
};
const positiveOnly: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  Log: tf.log,
  Log1p: tf.log1p,
  Reciprocal: tf.reciprocal,
  Rsqrt: tf.rsqrt,
  Sqrt: tf.sqrt,
};
const withoutGradient: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  Cast: (x) => tf.cast(tf.cast(x, "int32"), "float32"),
  Ceil: tf.ceil,
  Floor: tf.floor,
  LogicalNot: (x) => tf.logicalNot(tf.greater(x, 0)),
  OnesLike: tf.onesLike,
  Sign: tf.sign,
  Step: (x) => tf.step(x),
  ZerosLike: tf.zerosLike,
};

describe.each(shapes.map((shape) => ({ shape })))("shape $shape", ({ shape }) => {
  test.each(Object.entries(anywhere))("%s", (_, fn) => expectSameGradients(fn, [{ shape }]));
  test.each(Object.entries(positiveOnly))("%s", (_, fn) =>
    expectSameGradients(fn, [positive(shape)]),
  );
  test.each(Object.entries(withoutGradient))("%s", (_, fn) =>
    expectSame(({ x }) => ({ y: fn(x!) }), { x: { shape } }),
  );
});

test("Step of a ReLU's input is computed from the ReLU's output", async () => {
  // -0 and tiny numbers are the hard cases.
  const values = Float32Array.of(-1, -0, 0, 1e-29, -1e-29, 2);
  const { y } = await runRecorded(({ x }) => ({ r: tf.relu(x!), y: tf.step(x!) }), {
    x: { shape: [6], values },
  });
  expect(Array.from(y!.data as Float32Array, Math.abs)).toEqual([0, 0, 0, 1, 0, 1]);
});
