/** Convolutions and their gradients. Explicit pads always: the WebGPU provider computes auto_pad wrongly for stride > 1. */
import { backend_util } from "@tensorflow/tfjs-core";
import type { Recording } from "../record/recording.ts";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.ts";

type ConvInfo = backend_util.Conv2DInfo;
type Shape4 = [number, number, number, number];

const convInfo = ({ attrs }: KernelCall, inputShape: Shape4, filterShape: Shape4, depthwise = false): ConvInfo =>
  backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
  );

const onnxPads = ({ padInfo }: ConvInfo): number[] => [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right];
const onnxConv = (info: ConvInfo) => ({
  kernel_shape: [info.filterHeight, info.filterWidth],
  strides: [info.strideHeight, info.strideWidth],
  dilations: [info.dilationHeight, info.dilationWidth],
  pads: onnxPads(info),
});

const conv2d: Lowering = (call) => {
  const { recording, kernel, inputs } = call;
  const info = convInfo(call, inputs.x.shape, inputs.filter.shape);
  const x = recording.inLayout(recording.operand(inputs.x), "nchw");
  const filter = recording.inLayout(recording.operand(inputs.filter), "oihw");
  return recording.result(
    kernel,
    recording.graph.add("Conv", [x, filter], onnxConv(info)),
    info.outShape,
    "float32",
    "nchw",
  );
};

/** Rows and columns of the input that no window reaches at the end: ConvTranspose must add them back. */
const unreached = (info: ConvInfo): [number, number] => [
  info.inHeight -
    ((info.outHeight - 1) * info.strideHeight - info.padInfo.top - info.padInfo.bottom + info.effectiveFilterHeight),
  info.inWidth -
    ((info.outWidth - 1) * info.strideWidth - info.padInfo.left - info.padInfo.right + info.effectiveFilterWidth),
];

/** A filter turned round in both directions with in and out exchanged: what the gradient of a stride-1 convolution convolves with. */
function turnedFilter(recording: Recording, filter: string, info: ConvInfo): string {
  const { graph } = recording;
  const exchanged = graph.add("Transpose", [filter], { perm: [1, 0, 2, 3] });
  if (info.filterHeight === 1 && info.filterWidth === 1) return exchanged;
  const both = (value: number) => graph.integers([value, value]);
  return graph.add("Slice", [exchanged, both(-1), both(-(2 ** 31)), graph.integers([2, 3]), both(-1)]);
}

const conv2dBackpropInput: Lowering = (call) => {
  const { recording, kernel, inputs, attrs } = call;
  const info = convInfo(call, attrs.inputShape, inputs.filter.shape);
  const dy = recording.inLayout(recording.operand(inputs.dy), "nchw");
  const filter = recording.inLayout(recording.operand(inputs.filter), "oihw");
  const { graph } = recording;
  const { top, left, bottom, right } = info.padInfo;
  const [restHeight, restWidth] = unreached(info);
  const [height, width] = [info.effectiveFilterHeight, info.effectiveFilterWidth];
  if (info.strideHeight === 1 && info.strideWidth === 1 && top < height && left < width) {
    const name = graph.add("Conv", [dy, turnedFilter(recording, filter, info)], {
      kernel_shape: [info.filterHeight, info.filterWidth],
      dilations: [info.dilationHeight, info.dilationWidth],
      pads: [height - 1 - top, width - 1 - left, height - 1 - bottom, width - 1 - right],
    });
    return recording.result(kernel, name, attrs.inputShape, "float32", "nchw");
  }
  const name = graph.add("ConvTranspose", [dy, filter], { ...onnxConv(info), output_padding: [restHeight, restWidth] });
  return recording.result(kernel, name, attrs.inputShape, "float32", "nchw");
};

/** The input seen through one tap of the window: every stride-th pixel from (row, column) on, [C, N, Ho, Wo]. */
function tap(recording: Recording, padded: string, info: ConvInfo, row: number, column: number): string {
  const { graph } = recording;
  const top = row * info.dilationHeight;
  const left = column * info.dilationWidth;
  const bottom = top + (info.outHeight - 1) * info.strideHeight + 1;
  const right = left + (info.outWidth - 1) * info.strideWidth + 1;
  const everyPixel = info.strideHeight === 1 && info.strideWidth === 1;
  if (everyPixel && info.filterHeight === 1 && info.filterWidth === 1) return padded;
  return graph.add("Slice", [
    padded,
    graph.integers([top, left]),
    graph.integers([bottom, right]),
    graph.integers([2, 3]),
    graph.integers([info.strideHeight, info.strideWidth]),
  ]);
}

/** dW = dY x columns(X)^T: one Gemm over all pixels of all pictures. */
const conv2dBackpropFilter: Lowering = (call) => {
  const { recording, kernel, inputs, attrs } = call;
  const info = convInfo(call, inputs.x.shape, attrs.filterShape);
  const { graph } = recording;
  const { inChannels: ci, outChannels: co, filterHeight: height, filterWidth: width } = info;
  const pixels = info.batchSize * info.outHeight * info.outWidth;
  const channelsFirst = (tensor: unknown) =>
    graph.add("Transpose", [recording.inLayout(recording.operand(tensor as never), "nchw")], { perm: [1, 0, 2, 3] });
  const dy = recording.reshape(channelsFirst(inputs.dy), [co, pixels]);
  const { top, left, bottom, right } = info.padInfo;
  const x = channelsFirst(inputs.x);
  const padded =
    top + left + bottom + right > 0 ? graph.add("Pad", [x, graph.integers([0, 0, top, left, 0, 0, bottom, right])]) : x;
  const taps: string[] = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      taps.push(recording.reshape(tap(recording, padded, info, row, column), [ci, 1, pixels]));
    }
  }
  const columns = taps.length === 1 ? taps[0]! : graph.add("Concat", taps, { axis: 1 });
  const matrix = recording.reshape(columns, [ci * height * width, pixels]);
  const product = graph.add("Gemm", [dy, matrix], { transB: 1 });
  return recording.result(
    kernel,
    recording.reshape(product, [co, ci, height, width]),
    attrs.filterShape,
    "float32",
    "oihw",
  );
};

/** Filter [h, w, C, multiplier] becomes ONNX's [C * multiplier, 1, h, w] with a group for each channel. */
const depthwiseConv2d: Lowering = (call) => {
  const { recording, kernel, inputs } = call;
  const info = convInfo(call, inputs.x.shape, inputs.filter.shape, true);
  const x = recording.inLayout(recording.operand(inputs.x), "nchw");
  const [height, width, channels, multiplier] = inputs.filter.shape;
  const { graph } = recording;
  const turned = graph.add("Transpose", [recording.plain(recording.operand(inputs.filter))], { perm: [2, 3, 0, 1] });
  const filter = recording.reshape(turned, [channels * multiplier, 1, height, width]);
  const name = graph.add("Conv", [x, filter], { ...onnxConv(info), group: channels });
  return recording.result(kernel, name, info.outShape, "float32", "nchw");
};

export const convKernels: LoweringTable = {
  Conv2D: conv2d,
  Conv2DBackpropFilter: conv2dBackpropFilter,
  Conv2DBackpropInput: conv2dBackpropInput,
  DepthwiseConv2dNative: depthwiseConv2d,
};
