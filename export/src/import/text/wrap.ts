/** Puts nodes in front of a text encoder and behind it, so that it keeps the store's contract. */
import type { ModelProto } from "onnx-buf";
import { Graph } from "../../recorder/index.ts";
import { reaching, renamed } from "../graphs.ts";
import type { EncoderFile } from "../readEncoder.ts";
import { addUnitLength, assembled, castNode, castTypes, protos } from "../wrap.ts";
import type { TextHead } from "./head.ts";
import type { TextInput } from "./input.ts";

export interface TextGraph extends EncoderFile {
  readonly input: TextInput;
  /** Name of the output to use. */
  readonly output: string;
  /** Tokens of a text, with padding. */
  readonly length: number;
  /** Whether the encoder was trained to see padding: its mask is then all ones. */
  readonly seesPadding: boolean;
}

/** Renames values and nodes that have names of the wrapper, such as "ids". */
export function withOwnTextNames(graph: TextGraph): TextGraph {
  const name = <Name extends string | undefined>(value: Name): Name =>
    value !== undefined && /^(ids$|mask$|embeddings$|import\/|original\/)/.test(value)
      ? (`original/${value}` as Name)
      : value;
  const { model, input, output } = graph;
  return {
    ...graph,
    model: { ...model, graph: renamed(model.graph, name) },
    input: {
      ...input,
      ids: name(input.ids),
      mask: name(input.mask),
      segments: name(input.segments),
    },
    output: name(output),
  };
}

/** The encoder alone: `ids` and `mask`, int32 [1, T] -> "import/features" float32. */
export const bareTextEncoder = (encoder: TextGraph): ModelProto => {
  const front = new Graph();
  front.scope = "import/tokens";
  return assembled(encoder, {
    nodes: [
      ...encoderNodes(encoder, front),
      castNode(encoder.output, "import/features", "float32"),
    ],
    constants: [front],
    inputs: inputsOf(encoder),
    output: { name: "import/features", type: "float32" },
  });
};

/**
 * The encoder in the store's contract: `ids` and `mask`, int32 [1, T] -> `embeddings` float32
 * [1, dimension] of unit length. One text at a time: a search has one, and a graph of fixed sizes
 * is the fastest.
 */
export function wrapTextEncoder(encoder: TextGraph, head: TextHead): ModelProto {
  const front = new Graph();
  front.scope = "import/tokens";
  const back = new Graph();
  back.scope = "import/embeddings";
  const values = back.add("Cast", [encoder.output], { to: castTypes.float32 });
  addUnitLength(back, addPooling(back, values, head), encoder.opset);
  return assembled(encoder, {
    nodes: [...encoderNodes(encoder, front), ...protos(back)],
    constants: [front, back],
    inputs: inputsOf(encoder),
    output: { name: "embeddings", type: "float32", shape: [1, head.dimension] },
  });
}

const inputsOf = ({ length }: TextGraph) =>
  ["ids", "mask"].map((name) => ({ name, type: "int32" as const, shape: [1, length] }));

/** The encoder's nodes, behind casts of its inputs. */
function encoderNodes({ input, model, output, length, seesPadding }: TextGraph, front: Graph) {
  const { ids, mask, segments, type } = input;
  const all = (value: number) =>
    front.constant("int32", [1, length], new Int32Array(length).fill(value));
  const casts = [
    castNode("ids", ids, type),
    ...(mask === undefined ? [] : [castNode(seesPadding ? all(1) : "mask", mask, type)]),
    ...(segments === undefined ? [] : [castNode(all(0), segments, type)]),
  ];
  return [...casts, ...reaching(model.graph, output).node];
}

/** Adds the weighted sum over positions: states [1, T, C] -> [1, C]. @returns the value's name */
function addPooling(graph: Graph, states: string, { pool, shape, dimension }: TextHead): string {
  if (pool === "none") return states;
  const length = shape[0]!;
  const oneHot = (at: number) =>
    graph.constant("float32", [1, length], new Float32Array(length).fill(1, at, at + 1));
  const weights = (): string => {
    if (pool === "cls") return oneHot(0);
    if (pool === "last") return oneHot(length - 1);
    const mask = graph.add("Cast", ["mask"], { to: castTypes.float32 });
    const ones = graph.constant("float32", [length, 1], new Float32Array(length).fill(1));
    const count = graph.add("MatMul", [mask, ones]);
    if (pool === "mean") return graph.add("Div", [mask, count]);
    const last = graph.add("Sub", [count, graph.scalar(1)]);
    const positions = Int32Array.from({ length }, (_, i) => i);
    const isLast = graph.add("Equal", [
      graph.constant("int32", [1, length], positions),
      graph.add("Cast", [last], { to: castTypes.int32 }),
    ]);
    return graph.add("Cast", [isLast], { to: castTypes.float32 });
  };
  const sum = graph.add("MatMul", [weights(), states]);
  return graph.add("Reshape", [sum, graph.integers([1, dimension])]);
}
