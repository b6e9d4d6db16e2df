import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { expect, test } from "vitest";
import { type ModelParts, onnxModel } from "../../test/onnxModels.ts";
import { openEncoder, refusal } from "./runtime.ts";

const open = (parts: ModelParts) => openEncoder(fromBinary(ModelProtoSchema, onnxModel(parts)));
const node = (type: string, attributes = {}, inputs = ["x"]) => ({
  type,
  inputs,
  outputs: ["y"],
  attributes,
});

test("names an operator that ONNX does not have", async () => {
  await expect(open({ nodes: [node("Frobnicate")] })).rejects.toMatchObject({
    code: "unsupported",
    line: expect.stringMatching(/^onnxruntime cannot run the operator Frobnicate: [^\n]+$/),
  });
});

// Messages of onnxruntime 1.30: graph.cc, session_state.cc, sequential_executor.cc.
test.each([
  ["com.acme:Fuse", "Fatal error: com.acme:Fuse(-1) is not a registered function/op"],
  ["ConvInteger", "Could not find an implementation for ConvInteger(10) node with name 'c'"],
  ["Reshape", "Non-zero status code returned while running Reshape node. Name:'r'\nStatus: 1"],
])("names the operator %s in a message", (operator, message) => {
  const { code, line } = refusal(message);
  expect(code).toBe("unsupported");
  expect(line).toMatch(`onnxruntime cannot run the operator ${operator}: `);
  expect(line).not.toContain("\n");
});

test("names an operator whose operands do not fit", async () => {
  const nodes = [node("MatMulInteger", {}, ["x", "x"])];
  await expect(open({ nodes })).rejects.toMatchObject({
    code: "bad-file",
    line: expect.stringMatching(/MatMulInteger/),
  });
});

test("says in one line that a graph is not valid", async () => {
  await expect(open({ nodes: [node("Relu", {}, ["absent"])] })).rejects.toMatchObject({
    code: "bad-file",
    line: expect.stringMatching(/^onnxruntime refuses the graph: [^\n]+$/),
  });
});
