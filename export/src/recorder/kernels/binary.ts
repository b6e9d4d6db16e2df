/** Element-wise kernels of two tensors, with broadcasting. */
import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../onnx/graph.ts";
import type { Layout } from "../record/layout.ts";
import type { Operand, Recording } from "../record/recording.ts";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.ts";

const sizeOf = (shape: readonly number[]) => tf.util.sizeFromShape([...shape]);

/** The layout of the largest rank-4 operand, as the smaller ones are cheaper to transpose. */
function commonLayout(operands: readonly Operand[]): Layout | undefined {
  const laidOut = operands.filter((operand) => operand.layout && operand.shape.length === 4);
  laidOut.sort((a, b) => sizeOf(b.shape) - sizeOf(a.shape));
  return laidOut[0]?.layout;
}

/** Name of an operand in the result's layout, with leading axes of size 1 where it has fewer. */
function broadcastable(recording: Recording, operand: Operand, layout: Layout | undefined): string {
  if (!layout || operand.shape.length === 0) return recording.plain(operand);
  if (operand.shape.length === 4) return recording.inLayout(operand, layout);
  const shape = [...Array(4 - operand.shape.length).fill(1), ...operand.shape];
  return recording.inLayout({ ...operand, shape, layout: undefined }, layout);
}

const binary =
  (nodes: (graph: Graph, a: string, b: string) => string, dtype?: tf.DataType): Lowering =>
  ({ recording, kernel, inputs }) => {
    const operands = [recording.operand(inputs.a), recording.operand(inputs.b)] as const;
    const shape = tf.backend_util.assertAndGetBroadcastShape(inputs.a.shape, inputs.b.shape);
    const layout = shape.length === 4 ? commonLayout(operands) : undefined;
    const [a, b] = operands.map((operand) => broadcastable(recording, operand, layout));
    return recording.result(
      kernel,
      nodes(recording.graph, a!, b!),
      shape,
      dtype ?? inputs.a.dtype,
      layout,
    );
  };

const same = (type: string) => binary((graph, a, b) => graph.add(type, [a, b]));
const compare = (type: string) => binary((graph, a, b) => graph.add(type, [a, b]), "bool");

const plainAdd = same("Add");

/** Fuses the Add of a per-channel vector to a Conv's output into the Conv, as its bias input. */
const add: Lowering = (call: KernelCall) => {
  const { recording, kernel, inputs } = call;
  for (const [conv, bias] of [
    [inputs.a, inputs.b],
    [inputs.b, inputs.a],
  ]) {
    const producer = recording.graph.producer(recording.operand(conv).name);
    const channels = conv.shape.at(-1);
    const isVector = bias.shape.at(-1) === channels && sizeOf(bias.shape) === channels;
    if (
      producer?.type !== "Conv" ||
      producer.inputs.length !== 2 ||
      conv.shape.length !== 4 ||
      !isVector
    )
      continue;
    const vector = recording.reshape(recording.plain(recording.operand(bias)), [channels]);
    const name = recording.graph.add("Conv", [...producer.inputs, vector], {
      ...producer.attributes,
    });
    return recording.result(kernel, name, conv.shape, conv.dtype, "nchw");
  }
  return plainAdd(call);
};

const addN: Lowering = ({ recording, kernel, inputs }) => {
  const tensors = Object.values(inputs) as tf.TensorInfo[];
  const operands = tensors.map((tensor) => recording.operand(tensor));
  const layout = commonLayout(operands);
  const names = operands.map((operand) => recording.inLayout(operand, layout));
  return recording.result(
    kernel,
    recording.graph.add("Sum", names),
    tensors[0]!.shape,
    tensors[0]!.dtype,
    layout,
  );
};

export const binaryKernels: LoweringTable = {
  Add: add,
  AddN: addN,
  Equal: compare("Equal"),
  Greater: compare("Greater"),
  GreaterEqual: compare("GreaterOrEqual"),
  Less: compare("Less"),
  LessEqual: compare("LessOrEqual"),
  LogicalAnd: compare("And"),
  LogicalOr: compare("Or"),
  Maximum: same("Max"),
  Minimum: same("Min"),
  Multiply: same("Mul"),
  NotEqual: binary((graph, a, b) => graph.add("Not", [graph.add("Equal", [a, b])]), "bool"),
  Pow: same("Pow"),
  RealDiv: same("Div"),
  SquaredDifference: binary((graph, a, b) => {
    const difference = graph.add("Sub", [a, b]);
    return graph.add("Mul", [difference, difference]);
  }),
  Sub: same("Sub"),
};
