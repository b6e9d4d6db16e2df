/** Parses an ONNX file that recordModel wrote, for passes such as tidy, half and quantize. */
import { fromBinary } from "@bufbuild/protobuf";
import { type AttributeProto, ModelProtoSchema, type ValueInfoProto } from "onnx-buf";
import {
  type Attribute,
  attributeTypes,
  type Constant,
  type ElementType,
  elementTypes,
  type GraphNode,
} from "./graph.ts";
import {
  type GraphContents,
  type ModelDescription,
  type Port,
  serializeGraph,
} from "./serialize.ts";

/** A model as plain data. Passes map one model to another and mutate nothing. */
export interface OnnxModel extends ModelDescription, GraphContents {
  readonly metadata: Readonly<Record<string, string>>;
}

/** @throws Error for element types and attributes that recordModel never writes */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  const { graph, metadataProps } = fromBinary(ModelProtoSchema, bytes);
  if (!graph) throw new Error("the ONNX file has no graph");
  return {
    name: graph.name,
    metadata: Object.fromEntries(metadataProps.map(({ key, value }) => [key, value])),
    inputs: graph.input.map(port),
    outputs: graph.output.map(port),
    nodes: graph.node.map(
      ({ opType, input, output, attribute }): GraphNode => ({
        type: opType,
        inputs: input,
        outputs: output,
        attributes: Object.fromEntries(attribute.map((each) => [each.name, attributeValue(each)])),
      }),
    ),
    constants: graph.initializer.map(
      ({ name, dataType, dims, rawData }): Constant => ({
        name,
        type: typeName(dataType),
        shape: dims.map(Number),
        // Copied: the file's bytes are not aligned for typed arrays.
        bytes: Uint8Array.from(rawData),
      }),
    ),
  };
}

/** Serializes a model; drops what no output depends on. */
export const writeOnnx = (model: OnnxModel): Uint8Array => serializeGraph(model, model).bytes;

const typeNames = new Map<number, ElementType>(
  Object.entries(elementTypes).map(([name, number]) => [number, name as ElementType]),
);

function typeName(number: number): ElementType {
  const name = typeNames.get(number);
  if (!name) throw new Error(`ONNX element type ${number} is not supported`);
  return name;
}

function port({ name, type }: ValueInfoProto): Port {
  if (type?.value.case !== "tensorType") throw new Error(`${name} is not a tensor`);
  const { elemType, shape } = type.value.value;
  const sizes = (shape?.dim ?? []).map(({ value }) =>
    value.case === "dimValue"
      ? Number(value.value)
      : value.case === "dimParam"
        ? value.value
        : null,
  );
  return { name, type: typeName(elemType), shape: sizes };
}

function attributeValue({ name, type, i, f, s, ints }: AttributeProto): Attribute {
  if (type === attributeTypes.INT) return Number(i);
  if (type === attributeTypes.FLOAT) return { float: f };
  if (type === attributeTypes.STRING) return new TextDecoder().decode(s);
  if (type === attributeTypes.INTS) return ints.map(Number);
  throw new Error(`attribute ${name} has a type that is not supported`);
}
