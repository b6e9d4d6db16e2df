import * as tf from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { expectSame, expectSameGradients } from "../../../test/oracle.ts";

const cases = [
  { shape: [6], axis: [0] },
  { shape: [3, 4], axis: [0] },
  { shape: [3, 4], axis: [1] },
  { shape: [2, 3, 4], axis: [0, 2] },
  { shape: [2, 3, 4, 5], axis: [1, 2] },
  { shape: [2, 3, 4, 5], axis: [0, 1, 2] },
  { shape: [2, 3, 4, 5], axis: [3] },
  { shape: [2, 3, 4, 5], axis: [0, 1, 2, 3] },
].flatMap((entry) => [
  { ...entry, keepDims: false },
  { ...entry, keepDims: true },
]);

type Reduce = (x: tf.Tensor, axis: number[], keepDims: boolean) => tf.Tensor;
const differentiable: Record<string, Reduce> = {
  Sum: tf.sum,
  Mean: tf.mean,
  Max: tf.max,
  Min: tf.min,
};
/** An identity convolution, after which the operand is in NCHW and its axes are permuted. */
const inNchw = (x: tf.Tensor) =>
  tf.conv2d(
    x as tf.Tensor4D,
    tf.eye(x.shape[3]!).reshape([1, 1, x.shape[3]!, x.shape[3]!]) as tf.Tensor4D,
    1,
    "valid",
  );

describe.each(cases)("$shape over $axis, keepDims $keepDims", ({ shape, axis, keepDims }) => {
  test.each(Object.entries(differentiable))("%s", async (_, fn) => {
    await expectSameGradients((x) => fn(x, axis, keepDims), [{ shape }]);
    if (shape.length === 4)
      await expectSameGradients((x) => fn(inNchw(x), axis, keepDims), [{ shape }]);
  });
  test("Prod", () => expectSame(({ x }) => ({ y: tf.prod(x!, axis, keepDims) }), { x: { shape } }));
  test("All, Any", () =>
    expectSame(
      ({ x }) => ({
        all: tf.all(tf.greater(x!, -1.5), axis, keepDims),
        any: tf.any(tf.greater(x!, 1.5), axis, keepDims),
      }),
      { x: { shape } },
    ));
});

test.each([0, 1, 2])("ArgMax, ArgMin over axis %i", (axis) =>
  expectSame(({ x }) => ({ max: tf.argMax(x!, axis), min: tf.argMin(x!, axis) }), {
    x: { shape: [4, 3, 5] },
  }),
);
