import { create } from "@bufbuild/protobuf";
import { type GraphProto, GraphProtoSchema } from "onnx-buf";
import { expect, test } from "vitest";
import { penultimateValue } from "./classifier.ts";

type Node = readonly [opType: string, inputs: readonly string[], output: string];

const graph = (nodes: readonly Node[], outputs = ["scores"]): GraphProto =>
  create(GraphProtoSchema, {
    node: nodes.map(([opType, input, output]) => ({ opType, input: [...input], output: [output] })),
    initializer: [{ name: "weights" }, { name: "bias" }],
    output: outputs.map((name) => ({ name })),
  });

const features: Node = ["Flatten", ["map"], "features"];

test.each<[string, readonly Node[]]>([
  ["Gemm", [features, ["Gemm", ["features", "weights", "bias"], "scores"]]],
  ["MatMul", [features, ["MatMul", ["features", "weights"], "scores"]]],
  [
    "MatMul and Add",
    [features, ["MatMul", ["features", "weights"], "a"], ["Add", ["bias", "a"], "scores"]],
  ],
  [
    "Gemm, Reshape and Softmax",
    [
      features,
      ["Gemm", ["features", "weights"], "a"],
      ["Reshape", ["a", "shape"], "b"],
      ["Softmax", ["b"], "scores"],
    ],
  ],
])("finds what the last layer reads: %s", (_, nodes) => {
  expect(penultimateValue(graph(nodes), "net.onnx")).toBe("features");
});

test.each<[string, GraphProto]>([
  ["ends with a convolution", graph([["Conv", ["images", "weights"], "scores"]])],
  ["has two outputs", graph([features, ["Gemm", ["features"], "scores"]], ["scores", "map"])],
])("asks for the value if the graph %s", (_, value) => {
  expect(() => penultimateValue(value, "net.onnx")).toThrow(
    expect.objectContaining({
      code: "bad-input",
      line: expect.stringMatching(/^--output penultimate: net\.onnx does not end .* - name the/),
    }),
  );
});
