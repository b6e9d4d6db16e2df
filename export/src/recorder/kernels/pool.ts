/**
 * Pooling and its gradients. With a symbolic batch (an exported network) pooling becomes ONNX's
 * operator; with a fixed batch (a training step) max pooling and all gradients use rows (rows.ts).
 */
import { backend_util } from "@tensorflow/tfjs-core";
import { elementTypes } from "../onnx/graph.ts";
import type { Recording } from "../record/recording.ts";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.ts";
import { noRow, pick, placesOf, type Rows, rowsOf, windowPixels } from "./rows.ts";

type PoolInfo = backend_util.Conv2DInfo;
/** Fills the padding of a max pool, where it must never be the maximum. */
const lowest = -3.4e38;

const poolInfo = ({ attrs }: KernelCall, inputShape: [number, number, number, number]): PoolInfo =>
  backend_util.computePool2DInfo(
    inputShape,
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );

const onnxPool = (info: PoolInfo) => ({
  kernel_shape: [info.filterHeight, info.filterWidth],
  strides: [info.strideHeight, info.strideWidth],
  pads: [info.padInfo.top, info.padInfo.left, info.padInfo.bottom, info.padInfo.right],
});

const windowsOf = (info: PoolInfo): number => info.outHeight * info.outWidth;
const tapsOf = (info: PoolInfo): number => info.filterHeight * info.filterWidth;

const onnxPooling =
  (type: "MaxPool" | "AveragePool"): Lowering =>
  (call) => {
    const { recording, kernel, inputs } = call;
    const info = poolInfo(call, inputs.x.shape);
    const name = recording.graph.add(
      type,
      [recording.inLayout(recording.operand(inputs.x), "nchw")],
      onnxPool(info),
    );
    return recording.result(kernel, name, info.outShape, "float32", "nchw");
  };

const onnxMaxPool = onnxPooling("MaxPool");

/** The pixels in each window, [N, windows, taps, C]; taps past the edge hold `lowest`. */
function windows(recording: Recording, x: unknown, info: PoolInfo): string {
  const rows = rowsOf(recording, recording.plain(recording.operand(x as never)), info.inShape);
  const seen = pick(recording, rows, windowPixels(info), lowest);
  return recording.reshape(seen.name, [
    info.batchSize,
    windowsOf(info),
    tapsOf(info),
    info.inChannels,
  ]);
}

/** In a training step the gradient needs the windows anyway, so the pooling reuses them. */
const maxPool: Lowering = (call) => {
  const { recording, kernel, inputs } = call;
  const info = poolInfo(call, inputs.x.shape);
  if (recording.symbols.isSymbolic(info.batchSize)) return onnxMaxPool(call);
  const largest = recording.graph.add("ReduceMax", [windows(recording, inputs.x, info)], {
    axes: [2],
    keepdims: 0,
  });
  return recording.result(
    kernel,
    recording.reshape(largest, info.outShape),
    info.outShape,
    "float32",
  );
};

/**
 * Sums rows into the input's pixels.
 *
 * @param list for each pixel the same number of rows, or noRow
 * @returns [N, H, W, C]
 */
function sumAtPixels(
  recording: Recording,
  rows: Rows,
  list: Int32Array<ArrayBuffer>,
  info: PoolInfo,
): string {
  const pixels = info.inHeight * info.inWidth;
  const chosen = pick(recording, rows, list);
  const places = list.length / pixels;
  if (places === 1) return recording.reshape(chosen.name, info.inShape);
  const byPixel = recording.reshape(chosen.name, [info.batchSize, pixels, places, info.inChannels]);
  const sum = recording.graph.add("ReduceSum", [byPixel, recording.graph.integers([2])], {
    keepdims: 0,
  });
  return recording.reshape(sum, info.inShape);
}

/** A window's gradient goes to its first maximum, as in PyTorch and tfjs's cpu backend. */
const maxPoolGrad: Lowering = (call) => {
  const { recording, kernel, inputs } = call;
  const info = poolInfo(call, inputs.input.shape);
  const { graph } = recording;
  const [count, taps] = [windowsOf(info), tapsOf(info)];
  const largest = graph.add("ArgMax", [windows(recording, inputs.input, info)], {
    axis: 2,
    keepdims: 1,
  });
  const tapNumbers = graph.constant(
    "int32",
    [1, 1, taps, 1],
    Int32Array.from({ length: taps }, (_, tap) => tap),
  );
  const isLargest = graph.add("Equal", [
    graph.add("Cast", [largest], { to: elementTypes.int32 }),
    tapNumbers,
  ]);
  const dy = recording.reshape(recording.plain(recording.operand(inputs.dy)), [
    info.batchSize,
    count,
    1,
    info.inChannels,
  ]);
  const byTap = graph.add("Mul", [
    graph.add("Cast", [isLargest], { to: elementTypes.float32 }),
    dy,
  ]);
  const rows = rowsOf(recording, byTap, [info.batchSize, count, taps, info.inChannels]);
  const list = placesOf(windowPixels(info), info.inHeight * info.inWidth);
  return recording.result(
    kernel,
    sumAtPixels(recording, rows, list, info),
    inputs.input.shape,
    "float32",
  );
};

/**
 * ONNX's AveragePool does not count padding, so each window's gradient is divided by the number of
 * its pixels inside the image.
 */
const avgPoolGrad: Lowering = (call) => {
  const { recording, kernel, inputs } = call;
  const info = poolInfo(call, inputs.input.shape);
  const rows = rowsOf(recording, recording.plain(recording.operand(inputs.dy)), info.outShape);
  const pixels = windowPixels(info);
  const shares = new Float32Array(rows.count);
  pixels.forEach((pixel, place) => {
    if (pixel !== noRow) shares[Math.floor(place / tapsOf(info))]! += 1;
  });
  const share = recording.graph.constant(
    "float32",
    [1, rows.count, 1],
    shares.map((inside) => 1 / inside),
  );
  const shared = { ...rows, name: recording.graph.add("Mul", [rows.name, share]) };
  const list = placesOf(pixels, info.inHeight * info.inWidth);
  const windowAt = list.map((place) =>
    place === noRow ? noRow : Math.floor(place / tapsOf(info)),
  );
  return recording.result(
    kernel,
    sumAtPixels(recording, shared, windowAt, info),
    inputs.input.shape,
    "float32",
  );
};

export const poolKernels: LoweringTable = {
  AvgPool: onnxPooling("AveragePool"),
  AvgPoolGrad: avgPoolGrad,
  MaxPool: maxPool,
  MaxPoolGrad: maxPoolGrad,
};
