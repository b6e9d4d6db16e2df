import "../../test/oracle.ts";
import {
  embed,
  foldBatchNorm,
  foldedBatchNorm,
  type ParameterValues,
  parameterTable,
  uniform,
} from "@plumage/models";
import { randomParameters } from "@plumage/models/testing";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { tiny } from "../../test/storeFolder.ts";
import { recordEmbedder } from "./record.ts";
import { openSession, smallestCosine } from "./session.ts";

beforeAll(() => tf.setBackend("cpu"));

const size = tiny.imageSize;
const values = randomParameters(tiny, 1);
const next = uniform(5);
const pixels = (count: number) =>
  Uint8Array.from({ length: count * size * size * 3 }, () => 256 * next());
const images = pixels(3);

const tensors = (parameters: ParameterValues) =>
  Object.fromEntries(
    parameterTable(tiny).flatMap(({ name, shape }) => {
      const data = parameters.get(name);
      if (!data) return [];
      const tensor = tf.tensor(data, [...shape]);
      return [[name, shape.length === 4 ? tf.transpose(tensor, [2, 3, 1, 0]) : tensor] as const];
    }),
  );
const eager = (parameters: ParameterValues, batchNorm?: typeof foldedBatchNorm) =>
  embed(
    tiny,
    tensors(parameters),
    tf.tensor4d(images, [3, size, size, 3], "int32"),
    batchNorm,
  ).dataSync() as Float32Array;

async function recorded(fold: boolean, input = images, count = 3) {
  const model = recordEmbedder(tiny, values, { fold });
  const session = await openSession(model.bytes, size);
  const embeddings = (await session.embed(input, count)).slice();
  await session.close();
  return { model, embeddings };
}

const largestDifference = (a: Float32Array, b: Float32Array) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

describe.each([{ fold: false }, { fold: true }])("fold $fold", ({ fold }) => {
  test("gives tfjs's embeddings, of unit length", async () => {
    const { embeddings } = await recorded(fold);
    const expected = eager(values);
    expect(embeddings).toHaveLength(3 * tiny.dimension);
    expect(largestDifference(embeddings, expected)).toBeLessThan(1e-5);
    for (let row = 0; row < 3; row++) {
      expect(
        Math.hypot(...embeddings.subarray(row * tiny.dimension, (row + 1) * tiny.dimension)),
      ).toBeCloseTo(1, 5);
    }
    // Nearly equal rows would not prove anything.
    expect(smallestCosine(expected.slice(0, 16), expected.slice(16, 32), 16)).toBeLessThan(0.999);
  });

  test("embeds any number of uint8 images independently of each other", async () => {
    const { model, embeddings } = await recorded(fold);
    expect(model.inputs).toEqual([{ name: "images", type: "uint8", shape: ["N", size, size, 3] }]);
    expect(model.outputs).toEqual([
      { name: "embeddings", type: "float32", shape: ["N", tiny.dimension] },
    ]);
    const second = images.slice(size * size * 3, 2 * size * size * 3);
    const { embeddings: alone } = await recorded(fold, second, 1);
    expect(largestDifference(alone, embeddings.slice(16, 32))).toBeLessThan(1e-5);
  });
});

describe("foldBatchNorm", () => {
  test("computes what the frozen batch norm computes", () => {
    expect(
      largestDifference(eager(foldBatchNorm(tiny, values), foldedBatchNorm), eager(values)),
    ).toBeLessThan(1e-5);
  });

  test("keeps filters and biases, and drops scales and statistics", () => {
    const names = [...foldBatchNorm(tiny, values).keys()];
    expect(names).toContain("bn1.bias");
    expect(names).toContain("layer4.0.downsample.1.bias");
    expect(
      names.filter((name) => /running_|bn\d\.weight|downsample\.1\.weight/.test(name)),
    ).toEqual([]);
    // The descriptors have LayerNorms, not batch norms.
    expect(names).toContain("descriptors.G.norm.weight");
  });

  test("does not modify its input", () => {
    foldBatchNorm(tiny, values);
    expect(values.get("conv1.weight")).toEqual(randomParameters(tiny, 1).get("conv1.weight"));
  });
});

test("smallestCosine is the cosine of the worst row", () => {
  const unit = Float32Array.of(1, 0, 0, 1);
  expect(smallestCosine(unit, unit, 2)).toBe(1);
  expect(smallestCosine(unit, Float32Array.of(1, 0, 0.6, 0.8), 2)).toBeCloseTo(0.8, 6);
});
