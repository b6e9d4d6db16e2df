/** Serializes a graph as an ONNX file. */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import {
  type Attribute,
  attributeTypes,
  type Constant,
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
      node: nodes.map(nodeProto),
      initializer: graph.constants.filter(({ name }) => used.has(name)).map(tensorProto),
      input: inputs.map(valueInfo),
      output: description.outputs.map(valueInfo),
    },
  });
  return { bytes: toBinary(ModelProtoSchema, model), nodes: nodes.length, inputs };
}

/** A node as the file stores it. */
export const nodeProto = ({ type, inputs, outputs, attributes }: GraphNode): NodeProto =>
  create(NodeProtoSchema, {
    name: outputs[0] ?? "",
    opType: type,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  });

/** A constant as the file stores it. */
export const tensorProto = ({ name, type, shape, bytes }: Constant): TensorProto =>
  create(TensorProtoSchema, {
    name,
    dataType: elementTypes[type],
    dims: shape.map(BigInt),
    rawData: bytes,
  });

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

/** An input or output as the file stores it. */
export const valueInfo = (port: OutputPort): ValueInfoProto =>
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
