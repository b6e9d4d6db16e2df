/** Puts nodes in front of an encoder and behind it, so that it keeps the store's contract. */
import { create } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
} from "onnx-buf";
import { Graph, nodeProto as plainNode, tensorProto, valueInfo } from "../recorder/index.ts";
import { changed, reaching, renamed } from "./graphs.ts";
import { gemExponent, gemFloor, type Head } from "./head.ts";
import type { ImageInput } from "./input.ts";
import type { EncoderFile } from "./readEncoder.ts";

/** ONNX's numbers of the types that an encoder's inputs can have. */
export const castTypes = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  float16: 10,
  float64: 11,
} as const;
/** The first IR version whose initializers need not be inputs too is 4; 8 goes with opset 17. */
const oldestIr = 8n;

export interface Encoder extends EncoderFile {
  readonly input: ImageInput;
  /** Name of the value to use as features. */
  readonly output: string;
}

/** What a value of the encoder is called in the wrapped graph, which has names such as "images". */
export const ownName = (value: string): string =>
  /^(images$|embeddings$|import\/|original\/)/.test(value) ? `original/${value}` : value;

/** Renames the encoder's values and nodes that have names of the wrapper. */
export function withOwnNames(encoder: Encoder): Encoder {
  const { model, input, output } = encoder;
  return {
    ...encoder,
    model: { ...model, graph: renamed(model.graph, ownName) },
    input: { ...input, name: ownName(input.name) },
    output: ownName(output),
  };
}

/**
 * The encoder alone, for one image: "import/pixels" float32, normalized and in the encoder's
 * layout -> "import/features" float32.
 */
export function bareEncoder(encoder: Encoder): ModelProto {
  const { input, output } = encoder;
  const shape = imageShape(input, 1);
  return assembled(encoder, {
    nodes: [
      castNode("import/pixels", input.name, input.type),
      ...reaching(encoder.model.graph, output).node,
      castNode(output, "import/features", "float32"),
    ],
    constants: [],
    inputs: [{ name: "import/pixels", type: "float32", shape }],
    output: { name: "import/features", type: "float32" },
  });
}

/**
 * The encoder in the store's contract: `images` uint8 [N, S, S, 3] RGB -> `embeddings` float32
 * [N, dimension] of unit length.
 *
 * @param oneByOne runs the encoder image by image inside the graph (Scan), for encoders whose batch
 * size is part of the graph
 */
export function wrapEncoder(encoder: Encoder, head: Head, oneByOne: boolean): ModelProto {
  const { input, output } = encoder;
  const front = new Graph();
  front.scope = "import/images";
  const pixels = addNormalization(front, input);
  const back = new Graph();
  back.scope = "import/embeddings";
  const inner = oneByOne
    ? [eachImage(encoder, head, pixels)]
    : [castNode(pixels, input.name, input.type), ...reaching(encoder.model.graph, output).node];
  addEmbedding(back, oneByOne ? "import/features" : output, head, encoder.opset);
  const { size } = input;
  return assembled(encoder, {
    nodes: [...protos(front), ...inner, ...protos(back)],
    constants: [front, back],
    inputs: [{ name: "images", type: "uint8", shape: ["N", size, size, 3] }],
    output: { name: "embeddings", type: "float32", shape: ["N", head.dimension] },
  });
}

interface Parts {
  readonly nodes: NodeProto[];
  readonly constants: readonly Graph[];
  readonly inputs: readonly Parameters<typeof valueInfo>[0][];
  readonly output: Parameters<typeof valueInfo>[0];
}

/** A model with the encoder's weights, operator sets and functions, and other nodes. */
export function assembled(
  { model, output: value }: Pick<Encoder, "model" | "output">,
  { nodes, constants, inputs, output }: Parts,
): ModelProto {
  const graph = reaching(model.graph, value);
  return create(ModelProtoSchema, {
    ...model,
    irVersion: model.irVersion > oldestIr ? model.irVersion : oldestIr,
    trainingInfo: [],
    graph: {
      ...graph,
      node: nodes,
      initializer: [
        ...graph.initializer,
        ...constants.flatMap((each) => each.constants.map(tensorProto)),
      ],
      input: inputs.map(valueInfo),
      output: [valueInfo(output)],
    },
  });
}

/** Our nodes' names differ from the encoder's. */
const nodeProto = (each: Parameters<typeof plainNode>[0]): NodeProto =>
  changed(plainNode(each), { name: `import/node/${each.outputs[0]}` });

export const protos = (graph: Graph): NodeProto[] => graph.nodes.map(nodeProto);

/** A node whose output has a given name. */
export const node = (
  type: string,
  inputs: readonly string[],
  output: string,
  attributes: Parameters<typeof nodeProto>[0]["attributes"] = {},
) => ({ type, inputs, outputs: [output], attributes });

export const castNode = (from: string, to: string, type: keyof typeof castTypes): NodeProto =>
  nodeProto(node("Cast", [from], to, { to: castTypes[type] }));

const imageShape = ({ layout, size }: ImageInput, ...batch: number[]): number[] =>
  layout === "nchw" ? [...batch, 3, size, size] : [...batch, size, size, 3];

/** Adds the way from bytes to float32 in the encoder's layout. @returns the value's name */
function addNormalization(graph: Graph, { layout, normalization }: ImageInput): string {
  let value = "images";
  if (normalization) {
    const { mean, std } = normalization;
    const scale = Float32Array.from(std, (each) => 1 / (255 * each));
    const shift = Float32Array.from(mean, (each, channel) => -each / std[channel]!);
    value = graph.add("Cast", [value], { to: castTypes.float32 });
    value = graph.add("Mul", [value, graph.constant("float32", [3], scale)]);
    value = graph.add("Add", [value, graph.constant("float32", [3], shift)]);
  }
  return layout === "nchw" ? graph.add("Transpose", [value], { perm: [0, 3, 1, 2] }) : value;
}

/** Adds a reduction; from opset 18 on, its axes are an input. @returns the value's name */
export const addReduction = (
  graph: Graph,
  type: string,
  value: string,
  { axes, keepdims }: { readonly axes: readonly number[]; readonly keepdims: 0 | 1 },
  opset: number,
): string =>
  opset >= 18
    ? graph.add(type, [value, graph.integers(axes)], { keepdims })
    : graph.add(type, [value], { axes, keepdims });

/** Adds the pooling of float32 features to one vector per image. @returns the value's name */
export function addPooling(
  graph: Graph,
  values: string,
  { pool, axes }: Pick<Head, "pool" | "axes">,
  opset: number,
): string {
  const reduce = (type: string, value: string) =>
    addReduction(graph, type, value, { axes, keepdims: 0 }, opset);
  if (pool === "none") return values;
  if (pool === "mean") return reduce("ReduceMean", values);
  if (pool === "max") return reduce("ReduceMax", values);
  if (pool === "cls")
    return graph.add("Gather", [values, graph.constant("int64", [], BigInt64Array.of(0n))], {
      axis: 1,
    });
  const floored = graph.add("Max", [values, graph.scalar(gemFloor)]);
  const powers = graph.add("Pow", [floored, graph.scalar(gemExponent)]);
  return graph.add("Pow", [reduce("ReduceMean", powers), graph.scalar(1 / gemExponent)]);
}

/** Adds L2 normalization to the output "embeddings". */
export function addUnitLength(graph: Graph, vector: string, opset: number): void {
  // torch.nn.functional.normalize: x / max(|x|, 1e-12).
  const length = addReduction(graph, "ReduceL2", vector, { axes: [1], keepdims: 1 }, opset);
  const norm = graph.add("Max", [length, graph.scalar(1e-12)]);
  graph.nodes.push(node("Div", [vector, norm], "embeddings"));
}

/** Adds pooling and L2 normalization, up to the output "embeddings". */
function addEmbedding(graph: Graph, features: string, head: Head, opset: number): void {
  const values = graph.add("Cast", [features], { to: castTypes.float32 });
  addUnitLength(graph, addPooling(graph, values, head, opset), opset);
}

/** A Scan over the batch, whose body is the encoder: pixels [N, ...] -> "import/features". */
function eachImage(encoder: Encoder, { shape }: Head, pixels: string): NodeProto {
  const { input, output } = encoder;
  const graph = new Graph();
  graph.scope = "import/each";
  const type = input.normalization ? "float32" : "uint8";
  const one = graph.integers(imageShape(input, 1));
  const features = graph.integers(shape);
  const body: GraphProto = create(GraphProtoSchema, {
    name: "image",
    node: [
      nodeProto(node("Reshape", ["import/image", one], "import/pixels")),
      castNode("import/pixels", input.name, input.type),
      ...reaching(encoder.model.graph, output).node,
      castNode(output, "import/feature", "float32"),
      nodeProto(node("Reshape", ["import/feature", features], "import/vector")),
    ],
    initializer: graph.constants.map(tensorProto),
    input: [valueInfo({ name: "import/image", type, shape: imageShape(input) })],
    output: [valueInfo({ name: "import/vector", type: "float32", shape })],
  });
  return create(NodeProtoSchema, {
    name: "import/each",
    opType: "Scan",
    input: [pixels],
    output: ["import/features"],
    attribute: [
      { name: "body", type: AttributeProto_AttributeType.GRAPH, g: body },
      { name: "num_scan_inputs", type: AttributeProto_AttributeType.INT, i: 1n },
    ],
  });
}
