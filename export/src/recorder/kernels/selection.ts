/** Kernels that select elements, and kernels that create tensors of one value. */
import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Recording } from "../record/recording.ts";
import type { Lowering, LoweringTable } from "./lowering.ts";

const gather: Lowering = ({ recording, kernel, inputs, attrs }) => {
  const x = recording.operand(inputs.x);
  const indices = recording.operand(inputs.indices);
  const [axis] = util.parseAxisParam(attrs.axis, [...x.shape]) as [number];
  const name = recording.graph.add("Gather", [recording.plain(x), recording.plain(indices)], {
    axis,
  });
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return recording.result(kernel, name, shape, inputs.x.dtype);
};

/** Compares with 0, 1, 2, ..., as providers differ in the types that ONNX's OneHot accepts. */
const oneHot: Lowering = ({ recording, kernel, inputs, attrs }) => {
  const indices = recording.operand(inputs.indices);
  const { graph } = recording;
  const classes = graph.constant(
    "int32",
    [attrs.depth],
    Int32Array.from({ length: attrs.depth }, (_, i) => i),
  );
  const column = recording.reshape(recording.plain(indices), [...indices.shape, 1]);
  const hit = graph.add("Equal", [column, classes]);
  const type = attrs.dtype as "float32" | "int32";
  const number = (value: number) =>
    graph.constant(type, [], type === "int32" ? Int32Array.of(value) : Float32Array.of(value));
  const name = graph.add("Where", [hit, number(attrs.onValue), number(attrs.offValue)]);
  return recording.result(kernel, name, [...indices.shape, attrs.depth], type);
};

const select: Lowering = ({ recording, kernel, inputs }) => {
  const condition = recording.operand(inputs.condition);
  const [t, e] = [recording.operand(inputs.t), recording.operand(inputs.e)];
  const layout =
    t.shape.length === 4 && condition.shape.length === 4 ? (t.layout ?? e.layout) : undefined;
  // In tfjs a condition of rank 1 selects whole rows.
  const rows = condition.shape.length === 1 && t.shape.length > 1;
  const chosen = rows
    ? recording.reshape(condition.name, [condition.shape[0]!, ...t.shape.slice(1).map(() => 1)])
    : recording.inLayout(condition, layout);
  const name = recording.graph.add("Where", [
    chosen,
    recording.inLayout(t, layout),
    recording.inLayout(e, layout),
  ]);
  return recording.result(kernel, name, t.shape, inputs.t.dtype, layout);
};

function filled(
  recording: Recording,
  kernel: string,
  value: number,
  shape: readonly number[],
  dtype: "float32" | "int32" | "bool",
): TensorInfo {
  recording.symbols.assertFixed(shape, kernel);
  const { graph } = recording;
  const data = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype].of(value);
  const name = graph.add("Expand", [graph.constant(dtype, [], data), graph.integers(shape)]);
  return recording.result(kernel, name, shape, dtype);
}

const fill: Lowering = ({ recording, kernel, attrs }) =>
  filled(recording, kernel, attrs.value, attrs.shape, attrs.dtype ?? util.inferDtype(attrs.value));

const like =
  (value: number): Lowering =>
  ({ recording, kernel, inputs }) =>
    filled(recording, kernel, value, inputs.x.shape, inputs.x.dtype);

export const selectionKernels: LoweringTable = {
  Fill: fill,
  GatherV2: gather,
  OneHot: oneHot,
  OnesLike: like(1),
  Select: select,
  ZerosLike: like(0),
};
