import * as tf from "@tensorflow/tfjs-core";
import { backend_util } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectSameGradients } from "../../../test/oracle.ts";
import { suitsWinograd } from "./winograd.ts";

type Shape = [number, number, number, number];
const one = (pad: number): [[0, 0], [number, number], [number, number], [0, 0]] => [
  [0, 0],
  [pad, pad],
  [pad, pad],
  [0, 0],
];
const info = (input: Shape, filter: Shape, stride = 1, dilation = 1, pad = 1) =>
  backend_util.computeConv2DInfo(input, filter, stride, dilation, one(pad));

/** Even, odd and non-square sizes; as many output as input channels, more, and fewer. */
const cases: { input: Shape; outputs: number }[] = [
  { input: [2, 8, 8, 64], outputs: 64 },
  { input: [3, 7, 9, 64], outputs: 70 },
  { input: [5, 6, 5, 72], outputs: 64 },
];

describe.each(cases)("$input to $outputs", ({ input, outputs }) => {
  const filter: Shape = [3, 3, input[3], outputs];
  test("equals tfjs, forward and both gradients", () => {
    expect(suitsWinograd(info(input, filter))).toBe(true);
    return expectSameGradients(
      (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, one(1)),
      [{ shape: input }, { shape: filter }],
    );
  });
});

test("is not used for other convolutions, nor where it would not pay", () => {
  const input: Shape = [2, 16, 16, 64];
  const filter: Shape = [3, 3, 64, 64];
  expect(suitsWinograd(info(input, filter, 2))).toBe(false);
  expect(suitsWinograd(info(input, filter, 1, 2, 2))).toBe(false);
  expect(suitsWinograd(info(input, filter, 1, 1, 0))).toBe(false);
  expect(suitsWinograd(info(input, [1, 1, 64, 64], 1, 1, 0))).toBe(false);
  expect(suitsWinograd(info([2, 16, 16, 32], [3, 3, 32, 64]))).toBe(false);
  expect(suitsWinograd(info([2, 2, 2, 64], filter))).toBe(false);
});
