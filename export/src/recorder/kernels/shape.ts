/** Kernels that move elements without changing them. */
import { backend_util, slice_util, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { physicalAxis } from "../record/layout.ts";
import type { Recording } from "../record/recording.ts";
import type { Lowering, LoweringTable } from "./lowering.ts";

function reshaped(
  recording: Recording,
  kernel: string,
  tensor: TensorInfo,
  shape: readonly number[],
): TensorInfo {
  const x = recording.operand(tensor);
  if (util.arraysEqual([...x.shape], [...shape]))
    return recording.result(kernel, x.name, shape, tensor.dtype, x.layout);
  return recording.result(
    kernel,
    recording.reshape(recording.plain(x), shape),
    shape,
    tensor.dtype,
  );
}

const reshape: Lowering = ({ recording, kernel, inputs, attrs }) =>
  reshaped(
    recording,
    kernel,
    inputs.x,
    util.inferFromImplicitShape(attrs.shape, util.sizeFromShape(inputs.x.shape)),
  );

const expandDims: Lowering = ({ recording, kernel, inputs, attrs }) => {
  const shape = [...inputs.input.shape];
  shape.splice(attrs.dim < 0 ? shape.length + 1 + attrs.dim : attrs.dim, 0, 1);
  return reshaped(recording, kernel, inputs.input, shape);
};

const transpose: Lowering = ({ recording, kernel, inputs, attrs }) => {
  const x = recording.operand(inputs.x);
  const perm = attrs.perm as number[];
  const name = recording.graph.add("Transpose", [recording.plain(x)], { perm });
  return recording.result(
    kernel,
    name,
    perm.map((axis) => x.shape[axis]!),
    inputs.x.dtype,
  );
};

const concat: Lowering = ({ recording, kernel, inputs, attrs }) => {
  const tensors = Object.values(inputs) as TensorInfo[];
  const operands = tensors.map((tensor) => recording.operand(tensor));
  const [axis] = util.parseAxisParam(attrs.axis, tensors[0]!.shape) as [number];
  const layout = operands[0]!.layout;
  const names = operands.map((operand) => recording.inLayout(operand, layout));
  const shape = backend_util.computeOutShape(
    tensors.map((tensor) => tensor.shape),
    axis,
  );
  const name = recording.graph.add("Concat", names, { axis: physicalAxis(axis, layout) });
  return recording.result(kernel, name, shape, tensors[0]!.dtype, layout);
};

const pack: Lowering = (call) => {
  const { recording, kernel, inputs, attrs } = call;
  const tensors = Object.values(inputs) as TensorInfo[];
  const axis = attrs.axis < 0 ? tensors[0]!.shape.length + 1 + attrs.axis : attrs.axis;
  const expanded = tensors.map((input) =>
    expandDims({ ...call, inputs: { input }, attrs: { dim: axis } }),
  );
  return concat({ recording, kernel, inputs: expanded, attrs: { axis } });
};

/** Slices [begin, begin + size) along each axis, and skips axes that stay whole. */
function cut(
  recording: Recording,
  kernel: string,
  tensor: TensorInfo,
  begin: readonly number[],
  size: readonly number[],
): TensorInfo {
  const x = recording.operand(tensor);
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => begin[axis] !== 0 || size[axis] !== x.shape[axis]);
  if (axes.length === 0) return recording.result(kernel, x.name, x.shape, tensor.dtype, x.layout);
  const starts = axes.map((axis) => begin[axis]!);
  const ends = axes.map((axis) => begin[axis]! + size[axis]!);
  recording.symbols.assertFixed(ends, kernel);
  const { graph } = recording;
  const physical = axes.map((axis) => physicalAxis(axis, x.layout));
  const name = graph.add("Slice", [
    x.name,
    graph.integers(starts),
    graph.integers(ends),
    graph.integers(physical),
  ]);
  return recording.result(kernel, name, size, tensor.dtype, x.layout);
}

const slice: Lowering = ({ recording, kernel, inputs, attrs }) => {
  const [begin, size] = slice_util.parseSliceParams(inputs.x, attrs.begin, attrs.size);
  return cut(recording, kernel, inputs.x, begin!, size!);
};

const split: Lowering = ({ recording, kernel, inputs, attrs }) => {
  const { x } = inputs;
  const [axis] = util.parseAxisParam(attrs.axis, x.shape) as [number];
  let start = 0;
  return backend_util.prepareSplitSize(x, attrs.numOrSizeSplits, axis).map((length) => {
    const begin = x.shape.map((_: number, i: number) => (i === axis ? start : 0));
    const size = x.shape.map((whole: number, i: number) => (i === axis ? length : whole));
    start += length;
    return cut(recording, kernel, x, begin, size);
  });
};

const unpack: Lowering = (call) => {
  const x = call.inputs.value;
  const [axis] = util.parseAxisParam(call.attrs.axis, x.shape) as [number];
  const parts = split({
    ...call,
    inputs: { x },
    attrs: { axis, numOrSizeSplits: x.shape[axis] },
  }) as TensorInfo[];
  const shape = x.shape.filter((_: number, i: number) => i !== axis);
  return parts.map((part) => reshaped(call.recording, call.kernel, part, shape));
};

const tile: Lowering = ({ recording, kernel, inputs, attrs }) => {
  const x = recording.operand(inputs.x);
  const name = recording.graph.add("Tile", [
    recording.plain(x),
    recording.graph.integers(attrs.reps),
  ]);
  return recording.result(
    kernel,
    name,
    x.shape.map((size, axis) => size * attrs.reps[axis]),
    inputs.x.dtype,
  );
};

const pad: Lowering = ({ recording, kernel, inputs, attrs }) => {
  const x = recording.operand(inputs.x);
  const paddings = attrs.paddings as [number, number][];
  const pads = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
  const { graph } = recording;
  const name = graph.add("Pad", [
    recording.plain(x),
    graph.integers(pads),
    graph.scalar(attrs.constantValue),
  ]);
  return recording.result(
    kernel,
    name,
    x.shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]),
    inputs.x.dtype,
  );
};

const reverse: Lowering = ({ recording, kernel, inputs, attrs }) => {
  const x = recording.operand(inputs.x);
  const axes = util.parseAxisParam(attrs.dims, [...x.shape]);
  const { graph } = recording;
  const all = (value: number) => graph.integers(axes.map(() => value));
  const name = graph.add("Slice", [
    recording.plain(x),
    all(-1),
    all(-(2 ** 31)),
    graph.integers(axes),
    all(-1),
  ]);
  return recording.result(kernel, name, x.shape, inputs.x.dtype);
};

export const shapeKernels: LoweringTable = {
  Concat: concat,
  ExpandDims: expandDims,
  Pack: pack,
  PadV2: pad,
  Reshape: reshape,
  Reverse: reverse,
  Slice: slice,
  SplitV: split,
  Tile: tile,
  Transpose: transpose,
  Unpack: unpack,
};
