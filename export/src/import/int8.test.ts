import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { repositoryRoot } from "@plumage/models/node";
import * as ort from "@plumage/models/onnxruntime";
import { randomFloats } from "@plumage/models/testing";
import { type ModelProto, ModelProtoSchema } from "onnx-buf";
import { expect, test } from "vitest";
import { int8Encoder } from "./int8.ts";

const fixture = (name: string): ModelProto =>
  fromBinary(
    ModelProtoSchema,
    readFileSync(join(repositoryRoot(), "export/test/fixtures/encoders", name)),
  );

const images = (shape: readonly number[], seed: number) =>
  new ort.Tensor("float32", randomFloats(32 * 32 * 3, seed, -1, 1), [...shape]);

async function* examples(shape: readonly number[]) {
  for (const seed of [11, 12, 13, 14]) yield images(shape, seed);
}

async function run(model: ModelProto, x: ort.Tensor): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(toBinary(ModelProtoSchema, model), {
    logSeverityLevel: 3,
  });
  const results = await session.run({ [session.inputNames[0]!]: x });
  await session.release();
  return results[session.outputNames[0]!]!.data as Float32Array;
}

const cosine = (a: Float32Array, b: Float32Array): number => {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, v, i) => sum + v * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

test.each([
  ["convolutions", "mobilenet.onnx", [1, 3, 32, 32], 5],
  ["a depthwise convolution and matrix products", "convnext.onnx", [1, 32, 32, 3], 4],
] as const)("computes %s in 8 bits, close to float32", async (_, file, shape, layers) => {
  const model = fixture(file);
  const int8 = (await int8Encoder(model, 17, () => examples(shape))) as ModelProto;
  const weights = int8.graph!.node.filter(
    ({ opType, input }) =>
      opType === "DequantizeLinear" &&
      /\/quantized$/.test(input[0]!) &&
      int8.graph!.initializer.some(({ name, dims }) => name === input[0] && dims.length > 1),
  );
  expect(weights).toHaveLength(layers);
  const x = images(shape, 21);
  const [exact, rounded] = [await run(model, x), await run(int8, x)];
  expect(rounded).not.toEqual(exact);
  expect(cosine(exact, rounded)).toBeGreaterThan(0.99);
});

test.each([
  ["an old opset", "mobilenet.onnx", 12, /^it takes opset 13, and the encoder is in 12$/],
  ["half floats", "half.onnx", 17, /^most weights are not float32/],
])("says why there is none: %s", async (_, file, opset, reason) => {
  expect(await int8Encoder(fixture(file), opset, () => examples([1, 3, 32, 32]))).toMatch(reason);
});
