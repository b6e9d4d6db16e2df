import { create, toBinary } from "@bufbuild/protobuf";
import { decodeFloat16, encodeFloat16 } from "@plumage/models";
import * as ort from "@plumage/models/onnxruntime";
import {
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
} from "onnx-buf";
import { expect, it } from "vitest";
import { nodeProto, valueInfo } from "../recorder/index.ts";
import { withHalfWeights } from "./halfWeights.ts";

const side = 64;
const tensor = (name: string, values: Float32Array, dims: readonly number[]): TensorProto =>
  create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: TensorProto_DataType.FLOAT,
    rawData: new Uint8Array(Float32Array.from(values).buffer),
  });
const weights = (scale: number) =>
  Float32Array.from({ length: side * side }, (_, i) => Math.sin(i) * scale);

/** x [1, 64] -> x * weights + bias. */
function linear(initializer: TensorProto[]): ModelProto {
  const node = (type: string, inputs: string[], output: string) =>
    nodeProto({ type, inputs, outputs: [output], attributes: {} });
  return create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: "", version: 17n }],
    graph: {
      name: "linear",
      node: [node("MatMul", ["x", "weights"], "product"), node("Add", ["product", "bias"], "y")],
      initializer,
      input: [valueInfo({ name: "x", type: "float32", shape: [1, side] })],
      output: [valueInfo({ name: "y", type: "float32", shape: [1, side] })],
    },
  });
}

async function run(model: ModelProto): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(toBinary(ModelProtoSchema, model));
  const x = new ort.Tensor("float32", new Float32Array(side).fill(0.25), [1, side]);
  const { y } = await session.run({ x });
  await session.release();
  return y!.data as Float32Array;
}

const bias = tensor(
  "bias",
  Float32Array.from({ length: side }, (_, i) => 0.1 * i),
  [side],
);

it("rounds large weights to half floats, and computes in float32", async () => {
  const halved = withHalfWeights(linear([tensor("weights", weights(1), [side, side]), bias]))!;
  const rounded = decodeFloat16(encodeFloat16(weights(1)));
  const expected = await run(linear([tensor("weights", rounded, [side, side]), bias]));
  expect(await run(halved)).toEqual(expected);
  const bytes = toBinary(ModelProtoSchema, halved).length;
  expect(bytes).toBeLessThan(side * side * 2 + 1000);
});

it("leaves weights alone that half floats cannot hold", async () => {
  const large = tensor("large", weights(1e5).subarray(0, 32 * side), [32, side]);
  const model = linear([tensor("weights", weights(1), [side, side]), bias, large]);
  const { initializer } = withHalfWeights(model)!.graph!;
  expect(initializer.map(({ name }) => name)).toEqual(["import/half/weights", "bias", "large"]);
});

it("makes no second file of weights that hardly shrink", () => {
  const half = create(TensorProtoSchema, {
    ...tensor("weights", weights(1), [side, side]),
    dataType: TensorProto_DataType.FLOAT16,
    rawData: encodeFloat16(weights(1)),
  });
  expect(withHalfWeights(linear([half, bias]))).toBeUndefined();
});
