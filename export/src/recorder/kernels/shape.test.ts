import * as tf from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { expectSame, expectSameGradients } from "../../../test/oracle.ts";

const asNchw = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 1, 1, 0);

const single: Record<string, { shape: number[]; fn: (x: tf.Tensor) => tf.Tensor }> = {
  Reshape: { shape: [3, 4], fn: (x) => tf.reshape(x, [2, 6]) },
  "Reshape with an inferred size": { shape: [3, 4], fn: (x) => tf.reshape(x, [-1, 2]) },
  "Reshape of NCHW": { shape: [2, 3, 4, 5], fn: (x) => tf.reshape(asNchw(x), [2, 60]) },
  ExpandDims: { shape: [3, 4], fn: (x) => tf.expandDims(x, 1) },
  "ExpandDims at the end": { shape: [3, 4], fn: (x) => tf.expandDims(x, -1) },
  Transpose: { shape: [2, 3, 4], fn: (x) => tf.transpose(x, [2, 0, 1]) },
  "Transpose of NCHW": { shape: [2, 3, 4, 5], fn: (x) => tf.transpose(asNchw(x), [3, 2, 1, 0]) },
  Slice: { shape: [4, 5], fn: (x) => tf.slice(x, [1, 2], [2, -1]) },
  "Slice of NCHW": {
    shape: [2, 3, 4, 5],
    fn: (x) => tf.slice(asNchw(x), [0, 1, 0, 2], [2, 2, 4, 3]),
  },
  "Slice of everything": { shape: [4, 5], fn: (x) => tf.slice(x, [0, 0], [4, 5]) },
  Tile: { shape: [2, 3], fn: (x) => tf.tile(x, [2, 3]) },
  PadV2: {
    shape: [2, 3],
    fn: (x) =>
      tf.pad(
        x as tf.Tensor2D,
        [
          [1, 0],
          [2, 1],
        ],
        0.5,
      ),
  },
  Reverse: { shape: [3, 4], fn: (x) => tf.reverse(x, 1) },
  SplitV: { shape: [3, 6], fn: (x) => tf.mul(tf.split(x, [2, 4], 1)[1]!, 3) },
  Unpack: { shape: [3, 4], fn: (x) => tf.mul(tf.unstack(x, 1)[2]!, 2) },
};

test.each(Object.entries(single))("%s", (_, { shape, fn }) => expectSameGradients(fn, [{ shape }]));

describe("of several tensors", () => {
  test.each([0, 1])("Concat along axis %i", (axis) =>
    expectSameGradients(
      (a, b) => tf.concat([a, b], axis),
      [{ shape: [3, 4] }, { shape: axis ? [3, 2] : [5, 4] }],
    ),
  );
  test("Concat of NCHW channels", () =>
    expectSameGradients(
      (a, b) => tf.concat([asNchw(a), b], 3),
      [{ shape: [2, 3, 3, 2] }, { shape: [2, 3, 3, 4] }],
    ));
  test("Pack", () =>
    expectSameGradients((a, b) => tf.stack([a, b], 1), [{ shape: [3, 2] }, { shape: [3, 2] }]));
  test("Select", () =>
    expectSameGradients(
      (a, b) => tf.where(tf.tensor([1, 0, 0, 1], [4], "bool").tile([3]).reshape([3, 4]), a, b),
      [{ shape: [3, 4] }, { shape: [3, 4] }],
    ));
  test("GatherV2", () =>
    expectSame(({ x, i }) => ({ rows: tf.gather(x!, i!), columns: tf.gather(x!, i!, 1) }), {
      x: { shape: [5, 6] },
      i: { shape: [3], type: "int32", values: Int32Array.of(4, 0, 2) },
    }));
  test("OneHot", () =>
    expectSame(({ i }) => ({ y: tf.oneHot(i!, 4), z: tf.oneHot(i!, 4, 0.9, 0.1) }), {
      i: { shape: [5], type: "int32", values: Int32Array.of(3, 0, 1, 2, 9) },
    }));
  test("Fill", () =>
    expectSame(({ x }) => ({ y: tf.add(x!, tf.fill([2, 3], 1.5)) }), { x: { shape: [2, 3] } }));
});
