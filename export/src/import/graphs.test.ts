import { create } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  type GraphProto,
  GraphProtoSchema,
  NodeProtoSchema,
} from "onnx-buf";
import { expect, test } from "vitest";
import { computedValues, reaching, renamed } from "./graphs.ts";

const node = (opType: string, input: string[], output: string[], branch?: GraphProto) =>
  create(NodeProtoSchema, {
    name: output[0] ?? "",
    opType,
    input,
    output,
    attribute: branch
      ? [{ name: "then_branch", type: AttributeProto_AttributeType.GRAPH, g: branch }]
      : [],
  });

/** y = If(c) { x + w }, beside a classifier that nothing of y needs. */
const graph = () =>
  create(GraphProtoSchema, {
    node: [
      node("Relu", ["images"], ["x"]),
      node(
        "If",
        ["c"],
        ["y"],
        create(GraphProtoSchema, {
          node: [node("Add", ["x", "w"], ["sum"])],
          output: [{ name: "sum" }],
        }),
      ),
      node("Gemm", ["y", "classes"], ["scores"]),
    ],
    initializer: ["c", "w", "classes"].map((name) => ({ name })),
    valueInfo: [{ name: "x" }],
    input: [{ name: "images" }],
    output: [{ name: "scores" }],
  });

test("keeps what a branch reads of the graph around it, and drops what comes after", () => {
  const { node, initializer, valueInfo, input, output } = reaching(graph(), "y");
  expect(node.map(({ opType }) => opType)).toEqual(["Relu", "If"]);
  expect(initializer.map(({ name }) => name)).toEqual(["c", "w"]);
  expect([...valueInfo, ...input, ...output]).toEqual([]);
});

test("lists the values that --output can name", () => {
  expect(computedValues(graph())).toEqual(["x", "y", "scores"]);
});

test("renames values inside branches too, and changes nothing else", () => {
  const original = graph();
  const changed = renamed(original, (name) => (name === "w" ? "weight" : name));
  const inner = changed.node[1]!.attribute[0]!.g!;
  expect(inner.node[0]!.input).toEqual(["x", "weight"]);
  expect(changed.initializer.map(({ name }) => name)).toEqual(["c", "weight", "classes"]);
  expect(renamed(changed, (name) => (name === "weight" ? "w" : name))).toEqual(original);
  expect(original).toEqual(graph());
});

test("keeps what absent fields stand for", () => {
  const { node, initializer } = renamed(graph(), (name) => `original/${name}`);
  expect(node[0]!.domain).toBe("");
  expect(initializer[0]!.rawData).toEqual(new Uint8Array());
});
