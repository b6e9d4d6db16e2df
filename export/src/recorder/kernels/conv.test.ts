import * as tf from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { expectSame, expectSameGradients } from "../../../test/oracle.ts";

type Pad = "same" | "valid" | [[0, 0], [number, number], [number, number], [0, 0]];
const explicit = (pad: number): Pad => [
  [0, 0],
  [pad, pad],
  [pad, pad],
  [0, 0],
];

/** Every kind of convolution in a residual network, on even, odd and non-square sizes. */
const sizes = [
  [6, 6],
  [7, 5],
  [3, 3],
  [4, 9],
];
const kinds: { size: number; stride: number | [number, number]; pad: Pad }[] = [
  { size: 1, stride: 1, pad: "valid" },
  { size: 1, stride: 2, pad: "valid" },
  { size: 3, stride: 1, pad: explicit(1) },
  { size: 3, stride: 2, pad: explicit(1) },
  { size: 3, stride: 1, pad: "valid" },
  { size: 3, stride: 2, pad: "same" },
  { size: 2, stride: 2, pad: "valid" },
  { size: 3, stride: [1, 2], pad: explicit(1) },
  { size: 7, stride: 2, pad: explicit(3) },
];
const cases = sizes.flatMap(([height, width]) =>
  kinds.map((kind) => ({ height: height!, width: width!, ...kind })),
);

describe.each(cases)(
  "$height x $width, size $size, stride $stride, pad $pad",
  ({ height, width, size, stride, pad }) => {
    const input = { shape: [2, height, width, 3] };
    const filter = { shape: [size, size, 3, 4] };
    test("Conv2D and both its gradients", () =>
      expectSameGradients(
        (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad),
        [input, filter],
      ));
    test("Conv2D with a symbolic batch", () =>
      expectSame(
        ({ x, filter }) => ({ y: tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad) }),
        {
          x: { ...input, symbolic: true },
          filter,
        },
      ));
    test.runIf(Array.isArray(stride) === false && pad !== "same")("DepthwiseConv2dNative", () =>
      expectSame(
        ({ x, filter }) => ({
          y: tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad as "valid"),
        }),
        { x: input, filter: { shape: [size, size, 3, 2] } },
      ),
    );
  },
);

test.each([false, true])("dilation, symbolic batch: %s", (symbolic) =>
  expectSame(
    ({ x, filter }) => ({
      y: tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, explicit(2), "NHWC", 2),
    }),
    { x: { shape: [1, 7, 8, 2], symbolic }, filter: { shape: [3, 3, 2, 3] } },
  ),
);
