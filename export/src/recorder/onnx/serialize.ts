/** Serializes a graph as an ONNX file. */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProtoSchema,
  ModelProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";
import {
  type Attribute,
  attributeTypes,
  type ElementType,
  elementTypes,
  type Graph,
  type GraphNode,
} from "./graph.ts";

/** The last opset whose reductions (except ReduceSum) take axes as an attribute. */
export const opset = 17;
const irVersion = 8n;

export interface Port {
  readonly name: string;
  readonly type: ElementType;
  /** A string is a symbolic size; null is unknown. */
  readonly shape: readonly (number | string | null)[];
}

/** An output may leave its shape to inference. */
export type OutputPort = Omit<Port, "shape"> & Partial<Pick<Port, "shape">>;

export interface ModelDescription {
  readonly name: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly OutputPort[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Version of the program that wrote the file. */
  readonly producerVersion?: string;
  /** The file's doc_string. */
  readonly description?: string;
}

/** Nodes in topological order, and constants. */
export type GraphContents = Pick<Graph, "nodes" | "constants">;

/** Writes the nodes, constants and inputs that the outputs depend on; drops the rest. */
export function serializeGraph(
  graph: GraphContents,
  description: ModelDescription,
): { bytes: Uint8Array; nodes: number; inputs: readonly Port[] } {
  const { nodes, used } = reachable(
    graph,
    description.outputs.map((output) => output.name),
  );
  const inputs = description.inputs.filter((input) => used.has(input.name));
  const model = create(ModelProtoSchema, {
    irVersion,
    producerName: "plumage",
    producerVersion: description.producerVersion ?? "",
    docString: description.description ?? "",
    opsetImport: [{ domain: "", version: BigInt(opset) }],
    metadataProps: Object.entries(description.metadata ?? {}).map(([key, value]) => ({
      key,
      value,
    })),
    graph: {
      name: description.name,
      node: nodes.map((node) => ({
        name: node.outputs[0] ?? "",
        opType: node.type,
        input: [...node.inputs],
        output: [...node.outputs],
        attribute: Object.entries(node.attributes).map(([name, value]) => attribute(name, value)),
      })),
      initializer: graph.constants
        .filter((constant) => used.has(constant.name))
        .map((constant) =>
          create(TensorProtoSchema, {
            name: constant.name,
            dataType: elementTypes[constant.type],
            dims: constant.shape.map(BigInt),
            rawData: constant.bytes,
          }),
        ),
      input: inputs.map(valueInfo),
      output: description.outputs.map(valueInfo),
    },
  });
  return { bytes: toBinary(ModelProtoSchema, model), nodes: nodes.length, inputs };
}

function reachable(
  graph: GraphContents,
  outputs: readonly string[],
): { nodes: GraphNode[]; used: Set<string> } {
  const used = new Set(outputs);
  const nodes: GraphNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => used.has(output))) continue;
    nodes.push(node);
    for (const input of node.inputs) used.add(input);
  }
  return { nodes: nodes.reverse(), used };
}

const valueInfo = (port: OutputPort) =>
  create(ValueInfoProtoSchema, {
    name: port.name,
    type: {
      value: {
        case: "tensorType",
        value: {
          elemType: elementTypes[port.type],
          ...(port.shape ? { shape: { dim: port.shape.map(dimension) } } : {}),
        },
      },
    },
  });

function dimension(size: number | string | null) {
  if (size === null) return {};
  if (typeof size === "string") return { value: { case: "dimParam" as const, value: size } };
  return { value: { case: "dimValue" as const, value: BigInt(size) } };
}

function attribute(name: string, value: Attribute) {
  if (typeof value === "string") {
    return create(AttributeProtoSchema, {
      name,
      type: attributeTypes.STRING,
      s: new TextEncoder().encode(value),
    });
  }
  if (typeof value === "number") {
    return create(AttributeProtoSchema, { name, type: attributeTypes.INT, i: BigInt(value) });
  }
  if ("float" in value)
    return create(AttributeProtoSchema, { name, type: attributeTypes.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: attributeTypes.INTS, ints: value.map(BigInt) });
}
