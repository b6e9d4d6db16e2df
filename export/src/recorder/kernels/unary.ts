/** Element-wise kernels of one tensor. They keep the layout. */
import { PlumageError } from "@plumage/models";
import type { DataType } from "@tensorflow/tfjs-core";
import { type ElementType, elementTypes, type Graph } from "../onnx/graph.ts";
import type { Lowering, LoweringTable } from "./lowering.ts";

type Attrs = Record<string, number>;
const unary =
  (nodes: (graph: Graph, x: string, attrs: Attrs) => string, dtype?: DataType): Lowering =>
  ({ recording, kernel, inputs, attrs }) => {
    const x = recording.operand(inputs.x);
    return recording.result(
      kernel,
      nodes(recording.graph, x.name, attrs),
      x.shape,
      dtype ?? inputs.x.dtype,
      x.layout,
    );
  };

const same = (type: string) => unary((graph, x) => graph.add(type, [x]));

/**
 * 1 where x > 0, else alpha (by default 0). Where relu(x) is in the graph, computes it from
 * the ReLU's output, so that the backward pass does not keep x alive.
 */
const step = (graph: Graph, x: string, { alpha }: Attrs): string => {
  if (alpha) {
    return graph.add("Where", [
      graph.add("Greater", [x, graph.scalar(0)]),
      graph.scalar(1),
      graph.scalar(alpha),
    ]);
  }
  const relu = graph.find("Relu", [x]);
  // HardSigmoid is clip(1e30 x, 0, 1): the sign in one vectorized pass. onnxruntime's Sign is
  // single-threaded and ten times slower.
  if (relu) return graph.add("HardSigmoid", [relu], { alpha: { float: 1e30 }, beta: { float: 0 } });
  return graph.add("Cast", [graph.add("Greater", [x, graph.scalar(0)])], {
    to: elementTypes.float32,
  });
};

const cast: Lowering = ({ recording, kernel, inputs, attrs }) => {
  const x = recording.operand(inputs.x);
  const to = attrs.dtype as ElementType;
  if (!(to in elementTypes))
    throw new PlumageError("unsupported", `kernel Cast to ${to} has no lowering to ONNX`);
  const name =
    x.type === to ? x.name : recording.graph.add("Cast", [x.name], { to: elementTypes[to] });
  return recording.result(kernel, name, x.shape, attrs.dtype, x.layout);
};

export const unaryKernels: LoweringTable = {
  Abs: same("Abs"),
  Cast: cast,
  Ceil: same("Ceil"),
  ClipByValue: unary((graph, x, { clipValueMin, clipValueMax }) =>
    graph.add("Clip", [x, graph.scalar(clipValueMin!), graph.scalar(clipValueMax!)]),
  ),
  Cos: same("Cos"),
  Erf: same("Erf"),
  Exp: same("Exp"),
  Floor: same("Floor"),
  Identity: unary((_, x) => x),
  Log: same("Log"),
  Log1p: unary((graph, x) => graph.add("Log", [graph.add("Add", [x, graph.scalar(1)])])),
  LogicalNot: unary((graph, x) => graph.add("Not", [x]), "bool"),
  Neg: same("Neg"),
  Reciprocal: same("Reciprocal"),
  Relu: same("Relu"),
  Relu6: unary((graph, x) => graph.add("Clip", [x, graph.scalar(0), graph.scalar(6)])),
  Round: same("Round"),
  Rsqrt: unary((graph, x) => graph.add("Reciprocal", [graph.add("Sqrt", [x])])),
  Sigmoid: same("Sigmoid"),
  Sign: same("Sign"),
  Sin: same("Sin"),
  Sqrt: same("Sqrt"),
  Square: unary((graph, x) => graph.add("Mul", [x, x])),
  Step: unary(step),
  Tanh: same("Tanh"),
};
