import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import * as ort from "@plumage/models/onnxruntime";
import { randomFloats } from "@plumage/models/testing";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
} from "onnx-buf";
import { expect, test } from "vitest";
import { nodeProto, quantizeWeights, tensorProto, valueInfo } from "../recorder/index.ts";
import { withInt8Weights } from "./int8Weights.ts";

const side = 32;
const weights = (name: string, shape: readonly number[], seed: number) => {
  const count = shape.reduce((product, size) => product * size, 1);
  const bytes = new Uint8Array(randomFloats(count, seed, -1, 1).buffer);
  return { name, type: "float32", shape, bytes } as const;
};

interface Layer {
  readonly type: string;
  readonly shape: readonly number[];
  /** Of the output channels. */
  readonly axis: number;
  readonly input: readonly number[];
  readonly attributes?: Record<string, number>;
}

const layers: Layer[] = [
  { type: "MatMul", shape: [side, 24], axis: 1, input: [2, side] },
  { type: "Gemm", shape: [24, side], axis: 0, input: [2, side], attributes: { transB: 1 } },
  { type: "Conv", shape: [24, side, 3, 3], axis: 0, input: [1, side, 5, 5] },
];

function model({ type, input, attributes = {} }: Layer, initializer: TensorProto[]): ModelProto {
  return create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: "", version: 12n }],
    graph: {
      name: "layer",
      node: [nodeProto({ type, inputs: ["x", "w"], outputs: ["y"], attributes })],
      initializer,
      input: [valueInfo({ name: "x", type: "float32", shape: [...input] })],
      output: [valueInfo({ name: "y", type: "float32" })],
    },
  });
}

async function run(bytes: Uint8Array, shape: readonly number[]): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const count = shape.reduce((product, size) => product * size, 1);
  const x = new ort.Tensor("float32", randomFloats(count, 5, -1, 1), [...shape]);
  const { y } = await session.run({ x });
  await session.release();
  return y!.data as Float32Array;
}

test.each(layers)("$type: rounds each output channel, and computes in float32", async (layer) => {
  const exact = weights("w", layer.shape, 1);
  const stored = withInt8Weights(model(layer, [tensorProto(exact)]))!;
  const bytes = toBinary(ModelProtoSchema, stored);
  expect(bytes.length).toBeLessThan(exact.bytes.length / 4 + 1000);

  const { values, scales } = quantizeWeights(exact, layer.axis);
  const stride = layer.shape.slice(layer.axis + 1).reduce((product, size) => product * size, 1);
  const rounded = Float32Array.from(
    values,
    (value, i) => value * scales[Math.floor(i / stride) % scales.length]!,
  );
  const plain = { ...exact, bytes: new Uint8Array(rounded.buffer) };
  const expected = await run(
    toBinary(ModelProtoSchema, model(layer, [tensorProto(plain)])),
    layer.input,
  );
  expect(await run(bytes, layer.input)).toEqual(expected);
});

test("leaves values alone that are read in other ways too", () => {
  const layer = layers[0]!;
  const both = model(layer, [tensorProto(weights("w", layer.shape, 1))]);
  const use = nodeProto({ type: "Relu", inputs: ["w"], outputs: ["z"], attributes: {} });
  both.graph!.node.push(use);
  expect(withInt8Weights(both)).toBeUndefined();
});

test("rounds the weights of layers inside a loop", () => {
  const layer = layers[0]!;
  const inner = model(layer, [tensorProto(weights("w", layer.shape, 1))]);
  const graph = inner.graph!;
  const body = fromBinary(ModelProtoSchema, toBinary(ModelProtoSchema, inner)).graph!;
  const scan = nodeProto({ type: "Scan", inputs: ["x"], outputs: ["y"], attributes: {} });
  const type = AttributeProto_AttributeType.GRAPH;
  scan.attribute = [create(AttributeProtoSchema, { name: "body", type, g: body })];
  graph.node = [scan];
  expect(withInt8Weights(inner)!.graph!.node.map(({ opType }) => opType)).toEqual([
    "Cast",
    "Mul",
    "Scan",
  ]);
});
