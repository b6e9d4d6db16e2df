import "../tensors.ts";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { valueAndGradients } from "./gradients.ts";

it("gives zeros for what the value does not depend on", async () => {
  await tf.setBackend("cpu");
  const [used, unused] = [tf.tensor1d([3]), tf.tensor1d([1, 2])];
  const { value, grads } = valueAndGradients((x) => tf.sum(tf.square(x!)), [used, unused]);
  expect(value.dataSync()[0]).toBe(9);
  expect(grads.map((each) => [...each.dataSync()])).toEqual([[6], [0, 0]]);
});
