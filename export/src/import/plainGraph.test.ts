import { readFileSync } from "node:fs";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { repositoryRoot } from "@plumage/models/node";
import * as ort from "@plumage/models/onnxruntime";
import { randomFloats } from "@plumage/models/testing";
import {
  type ModelProto,
  ModelProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
} from "onnx-buf";
import { expect, test } from "vitest";
import { nodeProto, valueInfo } from "../recorder/index.ts";
import { plainGraph, plainWriter, withPlainGraph } from "./plainGraph.ts";

const fixture = (name: string): ModelProto =>
  fromBinary(
    ModelProtoSchema,
    readFileSync(join(repositoryRoot(), "export/test/fixtures/encoders", name)),
  );

const tensor = (name: string, dims: readonly number[]) =>
  create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: TensorProto_DataType.FLOAT,
    rawData: new Uint8Array(
      randomFloats(
        dims.reduce((a, b) => a * b, 1),
        3,
        -1,
        1,
      ).buffer,
    ),
  });

/** Two layers that share a matrix, and a bias under another name. */
const sharing = (): ModelProto =>
  create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: "", version: 17n }],
    graph: {
      name: "sharing",
      node: [
        ["Identity", ["bias"], "same"],
        ["Gemm", ["x", "matrix", "bias"], "y"],
        ["Relu", ["y"], "z"],
        ["Gemm", ["z", "matrix", "same"], "out"],
      ].map(([type, inputs, output]) =>
        nodeProto({
          type: type as string,
          inputs: inputs as string[],
          outputs: [output as string],
          attributes: {},
        }),
      ),
      initializer: [tensor("matrix", [8, 8]), tensor("bias", [8])],
      input: [valueInfo({ name: "x", type: "float32", shape: ["N", 8] })],
      output: [valueInfo({ name: "out", type: "float32", shape: ["N", 8] })],
    },
  });

async function run(bytes: Uint8Array, x: ort.Tensor): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const results = await session.run({ [session.inputNames[0]!]: x });
  await session.release();
  return results[session.outputNames[0]!]!.data as Float32Array;
}

test.each<[string, ModelProto, readonly number[]]>([
  ["mobilenet", fixture("mobilenet.onnx"), [1, 3, 32, 32]],
  ["convnext", fixture("convnext.onnx"), [1, 32, 32, 3]],
  ["shared weights", sharing(), [2, 8]],
])("%s: reading and writing changes nothing", async (_, model, shape) => {
  const plain = plainGraph(model)!;
  const x = new ort.Tensor(
    "float32",
    randomFloats(
      shape.reduce((a, b) => a * b, 1),
      5,
      -1,
      1,
    ),
    [...shape],
  );
  const expected = await run(toBinary(ModelProtoSchema, model), x);
  expect(await run(toBinary(ModelProtoSchema, withPlainGraph(model, plain)), x)).toEqual(expected);
});

test("gives each layer its own weights and bias", () => {
  const { nodes, constants } = plainGraph(sharing())!;
  const read = nodes.filter(({ type }) => type === "Gemm").flatMap(({ inputs }) => inputs.slice(1));
  expect(new Set(read).size).toBe(4);
  const names = new Set(constants.map(({ name }) => name));
  for (const name of read) expect(names.has(name)).toBe(true);
});

test("keeps layers out of reach whose weights are computed, or that are scaled", () => {
  const model = sharing();
  const [, first, , second] = model.graph!.node;
  first!.attribute = nodeProto({
    type: "Gemm",
    inputs: [],
    outputs: [],
    attributes: { alpha: { float: 0.5 } },
  }).attribute;
  second!.input[1] = "y";
  expect(plainGraph(model)!.nodes.map(({ type }) => type)).toEqual([
    "other/Gemm",
    "Relu",
    "other/Gemm",
  ]);
});

test("writes other outputs, to observe values", async () => {
  const model = sharing();
  const plain = { ...plainGraph(model)!, outputs: [{ name: "z", type: "float32" as const }] };
  const x = new ort.Tensor("float32", new Float32Array(8), [1, 8]);
  const z = await run(plainWriter(model)(plain), x);
  const bias = new Float32Array(Uint8Array.from(model.graph!.initializer[1]!.rawData).buffer);
  expect(z).toEqual(bias.map((value) => Math.max(0, value)));
});
