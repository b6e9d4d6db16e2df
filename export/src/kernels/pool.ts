/** Pooling and its gradients. */
import { backend_util } from "@tensorflow/tfjs-core";
import { elementTypes } from "../onnx/graph.ts";
import { physicalShape } from "../record/layout.ts";
import type { Recording } from "../record/recording.ts";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.ts";
import { tapViews, unreached } from "./windows.ts";

type PoolInfo = backend_util.Conv2DInfo;
const lowest = -3.4e38;

const poolInfo = ({ attrs }: KernelCall, inputShape: [number, number, number, number]): PoolInfo =>
  backend_util.computePool2DInfo(inputShape, attrs.filterSize, attrs.strides, 1, attrs.pad, attrs.dimRoundingMode);

const onnxPool = (info: PoolInfo) => ({
  kernel_shape: [info.filterHeight, info.filterWidth],
  strides: [info.strideHeight, info.strideWidth],
  pads: [info.padInfo.top, info.padInfo.left, info.padInfo.bottom, info.padInfo.right],
});

const pool =
  (type: "MaxPool" | "AveragePool"): Lowering =>
  (call) => {
    const { recording, kernel, inputs } = call;
    const info = poolInfo(call, inputs.x.shape);
    const name = recording.graph.add(type, [recording.inLayout(recording.operand(inputs.x), "nchw")], onnxPool(info));
    return recording.result(kernel, name, info.outShape, "float32", "nchw");
  };

/**
 * Puts one gradient for each window tap back to the input's pixels and adds up where windows overlap: a transposed
 * convolution with one-hot filters, one picture channel at a time. Exact, and every provider has it (MaxPool's Indices
 * are missing from WebGPU's).
 */
function scatterTaps(recording: Recording, taps: readonly string[], info: PoolInfo): string {
  const { graph } = recording;
  const planes = info.batchSize * info.inChannels;
  const perPlane = taps.map((tap) => recording.reshape(tap, [planes, 1, info.outHeight, info.outWidth]));
  const count = taps.length;
  const oneHot = new Float32Array(count * count);
  for (let tap = 0; tap < count; tap++) oneHot[tap * count + tap] = 1;
  const filters = graph.constant("float32", [count, 1, info.filterHeight, info.filterWidth], oneHot);
  const gathered = count === 1 ? perPlane[0]! : graph.add("Concat", perPlane, { axis: 1 });
  const scattered = graph.add("ConvTranspose", [gathered, filters], {
    ...onnxPool(info),
    output_padding: unreached(info),
  });
  return recording.reshape(scattered, physicalShape(info.inShape, "nchw"));
}

/** Every window's gradient goes to its first largest pixel, as in PyTorch and in tfjs's cpu backend. */
const maxPoolGrad: Lowering = (call) => {
  const { recording, kernel, inputs } = call;
  const info = poolInfo(call, inputs.input.shape);
  const { graph } = recording;
  const { top, left, bottom, right } = info.padInfo;
  const x = recording.inLayout(recording.operand(inputs.input), "nchw");
  const dy = recording.inLayout(recording.operand(inputs.dy), "nchw");
  const largest = graph.add("MaxPool", [x], onnxPool(info));
  const padded = graph.add("Pad", [x, graph.integers([0, 0, top, left, 0, 0, bottom, right]), graph.scalar(lowest)]);
  let open: string | undefined;
  const taps: string[] = [];
  for (const seen of tapViews(recording, padded, info)) {
    const isLargest = graph.add("Cast", [graph.add("Equal", [seen, largest])], { to: elementTypes.float32 });
    const chosen: string = open ? graph.add("Mul", [isLargest, open]) : isLargest;
    open = graph.add("Sub", [open ?? graph.scalar(1), chosen]);
    taps.push(graph.add("Mul", [chosen, dy]));
  }
  return recording.result(kernel, scatterTaps(recording, taps, info), inputs.input.shape, "float32", "nchw");
};

/** AveragePool leaves padding out of the count, so each window's gradient is divided by the pixels that it really holds. */
const avgPoolGrad: Lowering = (call) => {
  const { recording, kernel, inputs } = call;
  const info = poolInfo(call, inputs.input.shape);
  const { graph } = recording;
  const dy = recording.inLayout(recording.operand(inputs.dy), "nchw");
  const shares = graph.constant("float32", [1, 1, info.outHeight, info.outWidth], windowShares(info));
  const share = graph.add("Mul", [dy, shares]);
  const taps = Array.from({ length: info.filterHeight * info.filterWidth }, () => share);
  return recording.result(kernel, scatterTaps(recording, taps, info), inputs.input.shape, "float32", "nchw");
};

function windowShares(info: PoolInfo): Float32Array<ArrayBuffer> {
  const inside = (at: number, stride: number, before: number, filter: number, size: number) =>
    Math.min(at * stride - before + filter, size) - Math.max(at * stride - before, 0);
  const shares = new Float32Array(info.outHeight * info.outWidth);
  for (let row = 0; row < info.outHeight; row++) {
    const rows = inside(row, info.strideHeight, info.padInfo.top, info.filterHeight, info.inHeight);
    for (let column = 0; column < info.outWidth; column++) {
      const columns = inside(column, info.strideWidth, info.padInfo.left, info.filterWidth, info.inWidth);
      shares[row * info.outWidth + column] = 1 / (rows * columns);
    }
  }
  return shares;
}

export const poolKernels: LoweringTable = {
  AvgPool: pool("AveragePool"),
  AvgPoolGrad: avgPoolGrad,
  MaxPool: pool("MaxPool"),
  MaxPoolGrad: maxPoolGrad,
};
