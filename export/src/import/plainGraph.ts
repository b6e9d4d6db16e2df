/** Reads a graph that another tool wrote into the form that int8 conversion takes, and back. */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProto_DataType,
} from "onnx-buf";
import {
  type Constant,
  type GraphNode,
  nodeProto,
  type OnnxModel,
  tensorProto,
  valueInfo,
} from "../recorder/index.ts";
import { changed, subgraphs } from "./graphs.ts";

/** A node with all that the other tool wrote; passes keep it when they change a node's inputs. */
interface ForeignNode extends GraphNode {
  readonly original: NodeProto;
}

/** Operators that passes may change. Others become nodes of a type that no pass knows. */
const known = new Set(["Conv", "Gemm", "MatMul", "Add", "MaxPool", "Pad", "Relu", "Clip"]);

/**
 * The nodes, and the float32 constants that they read.
 *
 * @returns undefined if a node has a graph inside, which could read any value
 */
export function plainGraph({ graph }: ModelProto): OnnxModel | undefined {
  const { node, initializer } = graph!;
  if (node.some((each) => subgraphs(each).length > 0)) return undefined;
  const constants = floatConstants(node, initializer);
  const nodes = node
    .filter(({ output }) => !constants.has(output[0]!))
    .map((original): ForeignNode => {
      const inputs = original.input.slice(0, original.input.findLastIndex((name) => name) + 1);
      const isKnown = isPlain(original) && weightsFit(original.opType, inputs, constants);
      return {
        type: isKnown ? original.opType : `other/${original.opType}`,
        inputs,
        outputs: original.output,
        attributes: {
          transB: intAttribute(original, "transB", 0),
          mode: stringAttribute(original, "mode", "constant"),
        },
        original,
      };
    });
  return {
    name: "",
    metadata: {},
    inputs: graph!.input.map(({ name }) => ({ name, type: "uint8", shape: [] })),
    outputs: graph!.output.map(({ name }) => ({ name, type: "float32" })),
    ...withOwnWeights(nodes, constants),
  };
}

/** The model with other nodes and constants. */
export function withPlainGraph(model: ModelProto, { nodes, constants }: OnnxModel): ModelProto {
  const graph = model.graph!;
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const replaced = new Set(constants.map(({ name }) => name));
  return create(ModelProtoSchema, {
    ...model,
    graph: create(GraphProtoSchema, {
      ...graph,
      node: nodes.map((each) =>
        "original" in each
          ? changed((each as ForeignNode).original, {
              input: [...each.inputs],
              output: [...each.outputs],
            })
          : nodeProto(each),
      ),
      initializer: [
        ...graph.initializer.filter(({ name }) => used.has(name) && !replaced.has(name)),
        ...constants.filter(({ name }) => used.has(name)).map(tensorProto),
      ],
      valueInfo: [],
    }),
  });
}

/** Serializes a graph with other outputs, such as values to observe. */
export const plainWriter =
  (model: ModelProto) =>
  (plain: OnnxModel): Uint8Array => {
    const { graph, ...rest } = withPlainGraph(model, plain);
    const output = plain.outputs.map(valueInfo);
    return toBinary(ModelProtoSchema, { ...rest, graph: { ...graph!, output } });
  };

/** Initializers and Constant nodes, also under the names that Identity nodes give them. */
function floatConstants(
  nodes: readonly NodeProto[],
  initializers: readonly TensorProto[],
): Map<string, Constant> {
  const constants = new Map<string, Constant>();
  const add = (name: string, tensor: TensorProto | undefined): void => {
    const constant = tensor && floatConstant(name, tensor);
    if (constant) constants.set(name, constant);
  };
  for (const tensor of initializers) add(tensor.name, tensor);
  for (const { opType, input, output, attribute } of nodes) {
    if (opType === "Constant") add(output[0]!, attribute.find(({ name }) => name === "value")?.t);
    const same = opType === "Identity" ? constants.get(input[0]!) : undefined;
    if (same) constants.set(output[0]!, { ...same, name: output[0]! });
  }
  return constants;
}

/** A float32 tensor as plain data. Undefined for other types. */
export function floatConstant(
  name: string,
  { dataType, dims, rawData, floatData }: TensorProto,
): Constant | undefined {
  if (dataType !== TensorProto_DataType.FLOAT) return undefined;
  const bytes =
    rawData.length > 0
      ? Uint8Array.from(rawData)
      : new Uint8Array(Float32Array.from(floatData).buffer);
  return { name, type: "float32", shape: dims.map(Number), bytes };
}

export const intAttribute = ({ attribute }: NodeProto, name: string, otherwise: number): number =>
  Number(attribute.find((each) => each.name === name)?.i ?? otherwise);

const floatAttribute = ({ attribute }: NodeProto, name: string, otherwise: number): number =>
  attribute.find((each) => each.name === name)?.f ?? otherwise;

const stringAttribute = ({ attribute }: NodeProto, name: string, otherwise: string): string => {
  const found = attribute.find((each) => each.name === name);
  return found ? new TextDecoder().decode(found.s) : otherwise;
};

/** Whether passes compute what the node computes. */
function isPlain(node: NodeProto): boolean {
  if (node.domain !== "" && node.domain !== "ai.onnx") return false;
  if (!known.has(node.opType) || node.output.length !== 1) return false;
  return (
    node.opType !== "Gemm" ||
    (intAttribute(node, "transA", 0) === 0 &&
      floatAttribute(node, "alpha", 1) === 1 &&
      floatAttribute(node, "beta", 1) === 1)
  );
}

const weightAxes: Readonly<Record<string, number>> = { Conv: 4, Gemm: 2, MatMul: 2 };

/** Whether weights are constants of the expected shape, and the bias is a constant vector. */
function weightsFit(
  opType: string,
  [, weights, bias]: readonly string[],
  constants: ReadonlyMap<string, Constant>,
): boolean {
  const axes = weightAxes[opType];
  if (axes === undefined) return true;
  return (
    constants.get(weights ?? "")?.shape.length === axes &&
    (bias === undefined || constants.get(bias)?.shape.length === 1)
  );
}

/** Gives each layer its own weights and biases: exporters share equal ones. */
function withOwnWeights(
  nodes: readonly ForeignNode[],
  constants: Map<string, Constant>,
): Pick<OnnxModel, "nodes" | "constants"> {
  const taken = new Set<string>();
  const own = (name: string, number: number): string => {
    const constant = constants.get(name);
    if (!constant || !taken.has(name)) {
      taken.add(name);
      return name;
    }
    const copy = `import/int8/${number}/${name}`;
    constants.set(copy, { ...constant, name: copy });
    return copy;
  };
  const changed = nodes.map((node, number) =>
    node.type in weightAxes
      ? { ...node, inputs: node.inputs.map((name, i) => (i === 0 ? name : own(name, number))) }
      : node,
  );
  return { nodes: changed, constants: [...constants.values()] };
}
