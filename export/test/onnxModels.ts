/** Tiny ONNX files in shapes that exporters write, for tests of the import. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type GraphProtoSchema, ModelProtoSchema } from "onnx-buf";
import { nodeProto, valueInfo } from "../src/recorder/index.ts";

type Port = Parameters<typeof valueInfo>[0];

export interface ModelParts {
  readonly inputs?: readonly Port[];
  readonly outputs?: readonly Port[];
  readonly nodes?: readonly Parameters<typeof nodeProto>[0][];
  readonly opset?: number;
  readonly domains?: readonly string[];
  readonly initializer?: MessageInitShape<typeof GraphProtoSchema>["initializer"];
}

export const images: Port = { name: "x", type: "float32", shape: ["N", 3, 32, 32] };

/** By default a global average of float32 images: a vector of 3. */
export function onnxModel({
  inputs = [images],
  outputs = [{ name: "y", type: "float32" }],
  nodes = [mean("x", "y")],
  opset = 17,
  domains = [],
  initializer = [],
}: ModelParts = {}): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [
      { domain: "", version: BigInt(opset) },
      ...domains.map((domain) => ({ domain, version: 1n })),
    ],
    graph: {
      name: "test",
      node: nodes.map(nodeProto),
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
      initializer,
    },
  });
  return toBinary(ModelProtoSchema, model);
}

/** The mean over the positions of a map [N, C, H, W]. */
export const mean = (from: string, to: string) => ({
  type: "ReduceMean",
  inputs: [from],
  outputs: [to],
  attributes: { axes: [2, 3], keepdims: 0 },
});
