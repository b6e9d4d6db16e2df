import * as tf from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { expectSame, expectSameGradients } from "../../../test/oracle.ts";

const cases = [
  { height: 6, width: 6, size: 2, stride: 2, pad: 0 },
  { height: 7, width: 5, size: 3, stride: 2, pad: 1 },
  { height: 6, width: 8, size: 3, stride: 2, pad: 1 },
  { height: 5, width: 5, size: 3, stride: 1, pad: 1 },
  { height: 3, width: 4, size: 1, stride: 1, pad: 0 },
];

describe.each(cases)(
  "$height x $width, size $size, stride $stride, pad $pad",
  ({ height, width, size, stride, pad }) => {
    const input = { shape: [2, height, width, 3] };
    test("MaxPool", () =>
      expectSameGradients((x) => tf.maxPool(x as tf.Tensor4D, size, stride, pad), [input]));
    test("MaxPool with a symbolic batch", () =>
      expectSame(({ x }) => ({ y: tf.maxPool(x as tf.Tensor4D, size, stride, pad) }), {
        x: { ...input, symbolic: true },
      }));
    test("MaxPool of equal values: the gradient goes to a window's first pixel", () =>
      expectSameGradients(
        (x) => tf.maxPool(x as tf.Tensor4D, size, stride, pad),
        [{ ...input, values: new Float32Array(2 * height * width * 3).fill(0.5) }],
      ));
    // With padding, tfjs's cpu gradient divides by the filter's size, which is not the gradient of
    // its forward pass.
    test.runIf(pad === 0)("AvgPool", () =>
      expectSameGradients((x) => tf.avgPool(x as tf.Tensor4D, size, stride, pad), [input]),
    );
  },
);
