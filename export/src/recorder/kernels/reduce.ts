/** Reductions. They reduce over physical axes, so most need no transpose. */
import { util } from "@tensorflow/tfjs-core";
import { type Attribute, elementTypes } from "../onnx/graph.ts";
import { type Layout, layouts, physicalAxis } from "../record/layout.ts";
import type { Lowering, LoweringTable } from "./lowering.ts";

/** Whether the remaining axes are in tfjs's order in the physical layout too. */
const remainInOrder = (axes: readonly number[], layout: Layout): boolean => {
  const rest = layouts[layout].filter((axis) => !axes.includes(axis));
  return rest.every((axis, i) => i === 0 || axis > rest[i - 1]!);
};

/** ReduceSum takes its axes as an input since opset 13, the other reductions since opset 18. */
const axesAsInput = new Set(["ReduceSum"]);

const reduce =
  (type: string): Lowering =>
  ({ recording, kernel, inputs, attrs }) => {
    const x = recording.operand(inputs.x);
    // tfjs names the attribute of Max differently.
    const axes = util.parseAxisParam(attrs.axis ?? attrs.reductionIndices, [...x.shape]);
    const keepDims = Boolean(attrs.keepDims);
    const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const resultShape = keepDims ? shape : x.shape.filter((_, axis) => !axes.includes(axis));
    if (axes.length === 0)
      return recording.result(kernel, x.name, x.shape, inputs.x.dtype, x.layout);
    const layout = x.layout && (keepDims || remainInOrder(axes, x.layout)) ? x.layout : undefined;
    const name = recording.inLayout(x, layout);
    const physical = axes.map((axis) => physicalAxis(axis, layout)).sort((a, b) => a - b);
    const keepdims = keepDims ? 1 : 0;
    const attributes: Record<string, Attribute> = axesAsInput.has(type)
      ? { keepdims }
      : { axes: physical, keepdims };
    const nodeInputs = axesAsInput.has(type) ? [name, recording.graph.integers(physical)] : [name];
    const reduced = recording.graph.add(type, nodeInputs, attributes);
    return recording.result(
      kernel,
      reduced,
      resultShape,
      inputs.x.dtype,
      keepDims ? layout : undefined,
    );
  };

/**
 * The sum over all axes but the last, as a product with a constant row: faster in onnxruntime than
 * its reductions.
 *
 * @param otherwise the lowering for other axes
 * @param weight of each row, given their number
 */
const sumOfRows =
  (otherwise: Lowering, weight: (rows: number) => number): Lowering =>
  (call) => {
    const { recording, kernel, inputs, attrs } = call;
    const x = recording.operand(inputs.x);
    const axes = util.parseAxisParam(attrs.axis, [...x.shape]);
    const width = x.shape.at(-1)!;
    const rows = util.sizeFromShape(x.shape.slice(0, -1));
    const isSumOfRows =
      axes.length === x.shape.length - 1 && axes.length > 1 && !axes.includes(x.shape.length - 1);
    if (!isSumOfRows || x.layout || x.type !== "float32" || recording.symbols.isSymbolic(rows))
      return otherwise(call);
    const ones = recording.graph.constant(
      "float32",
      [1, rows],
      new Float32Array(rows).fill(weight(rows)),
    );
    const sum = recording.graph.add("MatMul", [ones, recording.reshape(x.name, [rows, width])]);
    const shape = attrs.keepDims ? [...axes.map(() => 1), width] : [width];
    return recording.result(kernel, recording.reshape(sum, shape), shape, "float32");
  };

const logical =
  (type: string): Lowering =>
  ({ recording, kernel, inputs, attrs }) => {
    const x = recording.operand(inputs.x);
    const number = recording.graph.add("Cast", [recording.plain(x)], { to: elementTypes.int32 });
    const axes = util.parseAxisParam(attrs.axis, [...x.shape]);
    const reduced = recording.graph.add(type, [number], {
      axes: [...axes].sort((a, b) => a - b),
      keepdims: attrs.keepDims ? 1 : 0,
    });
    const shape = x.shape.flatMap((size, axis) =>
      axes.includes(axis) ? (attrs.keepDims ? [1] : []) : [size],
    );
    return recording.result(
      kernel,
      recording.graph.add("Cast", [reduced], { to: elementTypes.bool }),
      shape,
      "bool",
    );
  };

const arg =
  (type: string): Lowering =>
  ({ recording, kernel, inputs, attrs }) => {
    const x = recording.operand(inputs.x);
    const [axis] = util.parseAxisParam(attrs.axis, [...x.shape]) as [number];
    const found = recording.graph.add(type, [recording.plain(x)], { axis, keepdims: 0 });
    const shape = x.shape.filter((_, i) => i !== axis);
    return recording.result(
      kernel,
      recording.graph.add("Cast", [found], { to: elementTypes.int32 }),
      shape,
      "int32",
    );
  };

export const reduceKernels: LoweringTable = {
  All: logical("ReduceMin"),
  Any: logical("ReduceMax"),
  ArgMax: arg("ArgMax"),
  ArgMin: arg("ArgMin"),
  Max: reduce("ReduceMax"),
  Mean: sumOfRows(reduce("ReduceMean"), (rows) => 1 / rows),
  Min: reduce("ReduceMin"),
  Prod: reduce("ReduceProd"),
  Sum: sumOfRows(reduce("ReduceSum"), () => 1),
};
