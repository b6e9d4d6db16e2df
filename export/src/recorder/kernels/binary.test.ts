import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectSame, expectSameGradients, numbers } from "../../../test/oracle.ts";
import { recordModel } from "../recordModel.ts";

/** Every way tfjs broadcasts: scalars, vectors, missing axes and axes of size 1. */
const pairs = [
  [[4], [4]],
  [[3, 4], [4]],
  [[3, 4], []],
  [
    [3, 1],
    [1, 4],
  ],
  [
    [2, 3, 4, 5],
    [2, 3, 4, 5],
  ],
  [[2, 3, 4, 5], [5]],
  [
    [2, 3, 4, 5],
    [4, 1],
  ],
  [
    [2, 1, 1, 5],
    [1, 3, 4, 1],
  ],
  [[2, 3, 4], []],
].map(([a, b]) => ({ a: a!, b: b! }));

const differentiable: Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
  Add: tf.add,
  Multiply: tf.mul,
  RealDiv: tf.div,
  Sub: tf.sub,
};
const comparisons: Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
  Equal: (a, b) => tf.equal(tf.round(a), tf.round(b)),
  Greater: tf.greater,
  GreaterEqual: tf.greaterEqual,
  Less: tf.less,
  LessEqual: tf.lessEqual,
  LogicalAnd: (a, b) => tf.logicalAnd(tf.greater(a, 0), tf.greater(b, 0)),
  LogicalOr: (a, b) => tf.logicalOr(tf.greater(a, 0), tf.greater(b, 0)),
  // tfjs's gradients of these two do not reduce over broadcast axes. Tested below without
  // broadcasting.
  Maximum: tf.maximum,
  Minimum: tf.minimum,
  NotEqual: (a, b) => tf.notEqual(tf.round(a), tf.round(b)),
  SquaredDifference: tf.squaredDifference,
};

describe.each(pairs)("shapes $a and $b", ({ a, b }) => {
  test.each(Object.entries(differentiable))("%s", (_, fn) =>
    expectSameGradients(fn as never, [{ shape: a }, { shape: b, values: numbers(b, 3, 0.5, 2) }]),
  );
  test.each(Object.entries(comparisons))("%s", (_, fn) =>
    expectSame(({ x, y }) => ({ z: fn(x!, y!) }), { x: { shape: a }, y: { shape: b } }),
  );
  test("Pow", () =>
    expectSameGradients(tf.pow as never, [
      { shape: a, values: numbers(a, 4, 0.3, 2) },
      { shape: b, values: numbers(b, 5, -1, 3) },
    ]));
});

test.each(Object.entries({ maximum: tf.maximum, minimum: tf.minimum }))(
  "gradients of %s",
  (_, fn) => expectSameGradients(fn as never, [{ shape: [3, 4] }, { shape: [3, 4] }]),
);

test("AddN", () =>
  expectSameGradients(
    (...xs) => tf.addN(xs),
    [{ shape: [2, 3] }, { shape: [2, 3] }, { shape: [2, 3] }],
  ));

test.each([[[6]], [[1, 1, 6]], [[1, 1, 1, 6]]])(
  "fuses a bias of shape %s into its convolution",
  async (biasShape) => {
    const fn = (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor) =>
      tf.add(bias, tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "valid"));
    await expectSame(({ x, filter, bias }) => ({ y: fn(x!, filter!, bias!) }), {
      x: { shape: [2, 4, 5, 3], symbolic: true },
      filter: { shape: [1, 1, 3, 6] },
      bias: { shape: biasShape },
    });
    const { nodes } = recordModel(
      ({ x, f, b }) => ({ y: tf.transpose(fn(x!, f!, b!), [0, 3, 1, 2]) }),
      {
        x: { shape: ["N", 4, 5, 3], type: "float32", layout: "nchw" },
        f: { shape: [1, 1, 3, 6], type: "float32", layout: "oihw" },
        b: { shape: [6], type: "float32" },
      },
      { name: "bias" },
    );
    // Conv, and the transposes of its NCHW output to NHWC and, by the function, back.
    expect(nodes).toBeLessThanOrEqual(5);
  },
);

test("accepts operands of different layouts", () =>
  expectSame(
    ({ x, f, y }) => ({
      product: tf.mul(tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, "same"), y!),
    }),
    {
      x: { shape: [2, 5, 4, 3], symbolic: true },
      f: { shape: [3, 3, 3, 2] },
      y: { shape: [2, 5, 4, 2], symbolic: true },
    },
  ));
