/** Convolutions and their gradients. Explicit pads always: the WebGPU provider computes auto_pad wrongly for stride > 1. */
import { backend_util } from "@tensorflow/tfjs-core";
import type { Recording } from "../record/recording.ts";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.ts";
import { smallInputGradient } from "./smallInputGradient.ts";
import { columns, pixelsOf, unreached } from "./windows.ts";

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

/**
 * True where a convolution is better done as one matrix product over the pixels of all pictures: on small maps,
 * onnxruntime's Conv, which multiplies picture by picture, reads a filter anew for a handful of pixels.
 */
const isSmallMap = (recording: Recording, info: ConvInfo): boolean =>
  !recording.symbols.isSymbolic(info.batchSize) && info.outHeight * info.outWidth <= 16;

/** On maps of 16 pixels cutting out the windows of a 3 x 3 filter costs what the product gains; ConvTranspose always loses. */
const gradientIsProduct = (recording: Recording, info: ConvInfo): boolean =>
  isSmallMap(recording, info) &&
  info.dilationHeight * info.dilationWidth === 1 &&
  (info.outHeight * info.outWidth <= 4 || info.filterHeight * info.filterWidth === 1 || info.strideHeight > 1);

const conv2d: Lowering = (call) => {
  const { recording, kernel, inputs } = call;
  const info = convInfo(call, inputs.x.shape, inputs.filter.shape);
  const filter = recording.inLayout(recording.operand(inputs.filter), "oihw");
  if (isSmallMap(recording, info)) {
    const x = recording.inLayout(recording.operand(inputs.x), "cnhw");
    const product = recording.graph.add("MatMul", [filterMatrix(recording, filter, info), columns(recording, x, info)]);
    const shape = [info.outChannels, info.batchSize, info.outHeight, info.outWidth];
    return recording.result(kernel, recording.reshape(product, shape), info.outShape, "float32", "cnhw");
  }
  const x = recording.inLayout(recording.operand(inputs.x), "nchw");
  return recording.result(
    kernel,
    recording.graph.add("Conv", [x, filter], onnxConv(info)),
    info.outShape,
    "float32",
    "nchw",
  );
};

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
  const filter = recording.inLayout(recording.operand(inputs.filter), "oihw");
  const { graph } = recording;
  const { top, left, bottom, right } = info.padInfo;
  const [height, width] = [info.effectiveFilterHeight, info.effectiveFilterWidth];
  const everyPixel = info.strideHeight === 1 && info.strideWidth === 1;
  if (gradientIsProduct(recording, info)) {
    const dy = recording.inLayout(recording.operand(inputs.dy), "cnhw");
    const name = smallInputGradient(recording, dy, filter, info);
    return recording.result(kernel, name, attrs.inputShape, "float32", "cnhw");
  }
  const dy = recording.inLayout(recording.operand(inputs.dy), "nchw");
  if (everyPixel && top < height && left < width) {
    const name = graph.add("Conv", [dy, turnedFilter(recording, filter, info)], {
      kernel_shape: [info.filterHeight, info.filterWidth],
      dilations: [info.dilationHeight, info.dilationWidth],
      pads: [height - 1 - top, width - 1 - left, height - 1 - bottom, width - 1 - right],
    });
    return recording.result(kernel, name, attrs.inputShape, "float32", "nchw");
  }
  const name = graph.add("ConvTranspose", [dy, filter], { ...onnxConv(info), output_padding: unreached(info) });
  return recording.result(kernel, name, attrs.inputShape, "float32", "nchw");
};

/** Filter OIHW as a matrix [out, in * height * width]. */
const filterMatrix = (recording: Recording, filter: string, info: ConvInfo): string =>
  recording.reshape(filter, [info.outChannels, info.inChannels * info.filterHeight * info.filterWidth]);

/** dW = dY x columns(X)^T: one Gemm over all pixels of all pictures. */
const conv2dBackpropFilter: Lowering = (call) => {
  const { recording, kernel, inputs, attrs } = call;
  const info = convInfo(call, inputs.x.shape, attrs.filterShape);
  const { inChannels, outChannels, filterHeight, filterWidth } = info;
  const channelsFirst = (tensor: unknown) => recording.inLayout(recording.operand(tensor as never), "cnhw");
  const dy = recording.reshape(channelsFirst(inputs.dy), [outChannels, pixelsOf(info)]);
  const product = recording.graph.add("Gemm", [dy, columns(recording, channelsFirst(inputs.x), info)], { transB: 1 });
  const shape = [outChannels, inChannels, filterHeight, filterWidth];
  return recording.result(kernel, recording.reshape(product, shape), attrs.filterShape, "float32", "oihw");
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
