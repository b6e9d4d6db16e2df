/** Matrix products, softmax and top-k. */
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { elementTypes } from "../onnx/graph.ts";
import type { Lowering, LoweringTable } from "./lowering.ts";

/** [..., m, k] x [..., k, n]. With a batch of 1 it becomes a Gemm, which transposes for free. */
const batchMatMul: Lowering = ({ recording, kernel, inputs, attrs }) => {
  const [a, b] = [recording.operand(inputs.a), recording.operand(inputs.b)];
  const { transposeA, transposeB } = attrs;
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const [innerB, columns] = b.shape.slice(-2) as [number, number];
  const m = transposeA ? inner : rows;
  const n = transposeB ? innerB : columns;
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const batch =
    batchA.length >= batchB.length
      ? batchA.map((size, i) => Math.max(size, batchB[i] ?? 1))
      : batchB;
  const shape = [...batch, m, n];
  const { graph } = recording;
  if (batch.every((size) => size === 1)) {
    const a2 = recording.reshape(recording.plain(a), [rows, inner]);
    const b2 = recording.reshape(recording.plain(b), [innerB, columns]);
    const product = graph.add("Gemm", [a2, b2], {
      transA: transposeA ? 1 : 0,
      transB: transposeB ? 1 : 0,
    });
    recording.shaped(product, [m, n]);
    return recording.result(kernel, recording.reshape(product, shape), shape, "float32");
  }
  const transposed = (name: string, rank: number, transpose: boolean) => {
    if (!transpose) return name;
    const axes = Array.from({ length: rank }, (_, axis) => axis);
    return graph.add("Transpose", [name], { perm: [...axes.slice(0, -2), rank - 1, rank - 2] });
  };
  const left = transposed(recording.plain(a), a.shape.length, transposeA);
  const right = transposed(recording.plain(b), b.shape.length, transposeB);
  return recording.result(kernel, graph.add("MatMul", [left, right]), shape, "float32");
};

const softmax: Lowering = ({ recording, kernel, inputs, attrs }) => {
  const x = recording.operand(inputs.logits);
  const name = recording.graph.add("Softmax", [recording.plain(x)], { axis: attrs.dim });
  return recording.result(kernel, name, x.shape, "float32");
};

const logSoftmax: Lowering = ({ recording, kernel, inputs, attrs }) => {
  const x = recording.operand(inputs.logits);
  const name = recording.graph.add("LogSoftmax", [recording.plain(x)], { axis: attrs.axis });
  return recording.result(kernel, name, x.shape, "float32");
};

const topK: Lowering = ({ recording, kernel, inputs, attrs }): TensorInfo[] => {
  const x = recording.operand(inputs.x);
  const { graph } = recording;
  const k = Math.min(attrs.k, x.shape.at(-1)!);
  const [values, indices] = graph.addMany(
    "TopK",
    [recording.plain(x), graph.integers([k])],
    { axis: -1, sorted: attrs.sorted ? 1 : 0 },
    2,
  );
  const shape = [...x.shape.slice(0, -1), k];
  return [
    recording.result(kernel, values!, shape, inputs.x.dtype),
    recording.result(
      kernel,
      graph.add("Cast", [indices!], { to: elementTypes.int32 }),
      shape,
      "int32",
    ),
  ];
};

export const matmulKernels: LoweringTable = {
  BatchMatMul: batchMatMul,
  LogSoftmax: logSoftmax,
  Softmax: softmax,
  TopK: topK,
};
