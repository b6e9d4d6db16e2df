/** Compares a recorded function with the same function on tfjs's cpu backend. */
import "@tensorflow/tfjs";
import * as ort from "@plumage/models/onnxruntime";
import { randomFloats } from "@plumage/models/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { type InputSpec, recordModel } from "../src/recorder/index.ts";

tf.enableProdMode();
await tf.setBackend("cpu");

export type Values = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
export interface Input {
  readonly shape: readonly number[];
  readonly type?: "float32" | "int32" | "bool";
  readonly values?: Values;
  /** Records the first size as the symbol "N". */
  readonly symbolic?: boolean;
}
type Fn = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>;

/** Seeded floats in [low, high). */
export const numbers = (
  shape: readonly number[],
  seed: number,
  low = -2,
  high = 2,
): Float32Array<ArrayBuffer> => randomFloats(tf.util.sizeFromShape([...shape]), seed, low, high);

const dataOf = (name: string, { shape, values }: Input): Values =>
  values ??
  numbers(
    shape,
    [...name].reduce((hash, letter) => hash * 31 + letter.charCodeAt(0), shape.length + 7),
  );

/** Records a function and runs it with onnxruntime. */
export async function runRecorded(
  fn: Fn,
  inputs: Record<string, Input>,
): Promise<Record<string, ort.Tensor>> {
  const specs = Object.entries(inputs).map(
    ([name, { shape, type = "float32", symbolic }]) =>
      [
        name,
        { shape: symbolic ? ["N", ...shape.slice(1)] : shape, type } satisfies InputSpec,
      ] as const,
  );
  const model = recordModel(fn, Object.fromEntries(specs), { name: "test" });
  const session = await ort.InferenceSession.create(model.bytes, {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const feeds = model.inputs.map(({ name }) => {
    const input = inputs[name]!;
    return [
      name,
      new ort.Tensor(input.type ?? "float32", dataOf(name, input) as never, [...input.shape]),
    ] as const;
  });
  const outputs = await session.run(Object.fromEntries(feeds));
  await session.release();
  return outputs as Record<string, ort.Tensor>;
}

function eager(fn: Fn, inputs: Record<string, Input>): Record<string, tf.Tensor> {
  const tensors = Object.entries(inputs).map(([name, input]) => {
    const values = dataOf(name, input);
    return [name, tf.tensor(values as never, [...input.shape], input.type ?? "float32")] as const;
  });
  return fn(Object.fromEntries(tensors));
}

/** Asserts equal outputs. @param tolerance relative to the largest expected value */
export async function expectSame(
  fn: Fn,
  inputs: Record<string, Input>,
  tolerance = 1e-5,
): Promise<void> {
  const recorded = await runRecorded(fn, inputs);
  for (const [name, tensor] of Object.entries(eager(fn, inputs))) {
    const expected = Array.from(tensor.dataSync());
    const actual = Array.from(recorded[name]!.data as Iterable<number>, Number);
    expect(recorded[name]!.dims, name).toEqual(tensor.shape);
    const scale = Math.max(1e-3, ...expected.map(Math.abs));
    const worst = Math.max(0, ...expected.map((value, i) => Math.abs(value - actual[i]!)));
    expect(worst / scale, `${name}: largest difference over largest value`).toBeLessThanOrEqual(
      tolerance,
    );
  }
}

/**
 * Asserts equal outputs and equal gradients with respect to every input, for a loss that weights
 * each output element differently.
 */
export async function expectSameGradients(
  fn: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly Input[],
  tolerance = 1e-4,
): Promise<void> {
  const named = Object.fromEntries(inputs.map((input, i) => [`x${i}`, input]));
  const names = Object.keys(named);
  const weightedSum = (y: tf.Tensor) =>
    tf.sum(tf.mul(y, tf.tensor(numbers(y.shape, 99, 0.5, 1.5), y.shape))) as tf.Scalar;
  await expectSame(
    (tensors) => ({ y: fn(...names.map((name) => tensors[name]!)) }),
    named,
    tolerance,
  );
  await expectSame(
    (tensors) => {
      const gradients = tf.grads((...xs) => weightedSum(fn(...xs)))(
        names.map((name) => tensors[name]!),
      );
      return Object.fromEntries(gradients.map((gradient, i) => [`g${i}`, gradient]));
    },
    named,
    tolerance,
  );
}
