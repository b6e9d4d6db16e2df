/**
 * Convolutions and their gradients. An exported network, whose batch is symbolic, holds Conv, which
 * runtimes know best. A training step, whose filters change from step to step, holds matrix
 * products of rows (rows.ts): onnxruntime's Conv, which multiplies image by image, is slower than
 * they are, and its windows serve the filter's gradient as well.
 */
import { backend_util } from "@tensorflow/tfjs-core";
import type { Recording } from "../record/recording.ts";
import { inputGradient } from "./inputGradient.ts";
import type { KernelCall, Lowering, LoweringTable } from "./lowering.ts";
import { asMatrix, columns, type Rows, rowsOf } from "./rows.ts";
import {
  suitsWinograd,
  winograd,
  winogradFilterGradient,
  winogradInputGradient,
} from "./winograd.ts";

type ConvInfo = backend_util.Conv2DInfo;
type Shape4 = [number, number, number, number];

const convInfo = (
  { attrs }: KernelCall,
  inputShape: Shape4,
  filterShape: Shape4,
  depthwise = false,
): ConvInfo =>
  backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
  );

/** Explicit pads always: the WebGPU provider computes auto_pad wrongly for stride > 1. */
const onnxConv = (info: ConvInfo) => ({
  kernel_shape: [info.filterHeight, info.filterWidth],
  strides: [info.strideHeight, info.strideWidth],
  dilations: [info.dilationHeight, info.dilationWidth],
  pads: [info.padInfo.top, info.padInfo.left, info.padInfo.bottom, info.padInfo.right],
});

const tapsOf = ({ filterHeight, filterWidth }: ConvInfo): number => filterHeight * filterWidth;

const conv2d: Lowering = (call) => {
  const { recording, kernel, inputs } = call;
  const info = convInfo(call, inputs.x.shape, inputs.filter.shape);
  const { graph } = recording;
  const [x, filter] = [recording.operand(inputs.x), recording.operand(inputs.filter)];
  if (recording.symbols.isSymbolic(info.batchSize)) {
    const operands = [recording.inLayout(x, "nchw"), recording.inLayout(filter, "oihw")];
    return recording.result(
      kernel,
      graph.add("Conv", operands, onnxConv(info)),
      info.outShape,
      "float32",
      "nchw",
    );
  }
  const rows = rowsOf(recording, recording.plain(x), info.inShape);
  const weights = recording.inLayout(filter, "ohwi");
  if (suitsWinograd(info)) {
    const { name } = winograd(recording, rows, weights, info);
    return recording.result(
      kernel,
      recording.reshape(name, info.outShape),
      info.outShape,
      "float32",
    );
  }
  const windows = columns(recording, rows, info);
  const matrix = recording.reshape(weights, [info.outChannels, tapsOf(info) * info.inChannels]);
  const pixels = info.batchSize * info.outHeight * info.outWidth;
  const product = recording.shaped(graph.add("Gemm", [windows, matrix], { transB: 1 }), [
    pixels,
    info.outChannels,
  ]);
  return recording.result(
    kernel,
    recording.reshape(product, info.outShape),
    info.outShape,
    "float32",
  );
};

const conv2dBackpropInput: Lowering = (call) => {
  const { recording, kernel, inputs, attrs } = call;
  const info = convInfo(call, attrs.inputShape, inputs.filter.shape);
  const filter = recording.inLayout(recording.operand(inputs.filter), "ohwi");
  const dy = rowsOf(recording, recording.plain(recording.operand(inputs.dy)), info.outShape);
  const { name } = suitsWinograd(info)
    ? winogradInputGradient(recording, dy, filter, info)
    : inputGradient(
        recording,
        dy,
        recording.reshape(filter, [info.outChannels, tapsOf(info), info.inChannels]),
        info,
      );
  return recording.result(
    kernel,
    recording.reshape(name, info.inShape),
    attrs.inputShape,
    "float32",
  );
};

/**
 * dW = dY^T x windows(X): one product over all pixels of all images. onnxruntime turns a transposed
 * first factor round anew for every stretch of the second's columns, so the narrower of the two is
 * put second, or dY is turned round once before.
 */
const conv2dBackpropFilter: Lowering = (call) => {
  const { recording, kernel, inputs, attrs } = call;
  const info = convInfo(call, inputs.x.shape, attrs.filterShape);
  const { graph } = recording;
  const rows = (tensor: unknown, shape: Shape4) =>
    rowsOf(recording, recording.plain(recording.operand(tensor as never)), shape);
  const dy = rows(inputs.dy, info.outShape);
  const x = rows(inputs.x, info.inShape);
  if (suitsWinograd(info)) {
    const gradient = winogradFilterGradient(recording, x, dy, info);
    return recording.result(kernel, gradient, attrs.filterShape, "float32", "ohwi");
  }
  const windows = columns(recording, x, info);
  const width = tapsOf(info) * info.inChannels;
  if (dy.width <= narrow && width > dy.width) {
    const product = recording.shaped(
      graph.add("Gemm", [windows, asMatrix(recording, dy)], { transA: 1 }),
      [width, dy.width],
    );
    return recording.result(
      kernel,
      recording.reshape(product, attrs.filterShape),
      attrs.filterShape,
      "float32",
    );
  }
  const product =
    width >= worthTurning
      ? graph.add("MatMul", [turned(recording, dy), windows])
      : graph.add("Gemm", [asMatrix(recording, dy), windows], { transA: 1 });
  recording.shaped(product, [dy.width, width]);
  const shape = [info.outChannels, info.filterHeight, info.filterWidth, info.inChannels];
  return recording.result(
    kernel,
    recording.reshape(product, shape),
    attrs.filterShape,
    "float32",
    "ohwi",
  );
};

/**
 * Columns of the sizes at which the forms of dW's product change places, by measurement on a
 * processor with AVX-512.
 */
const narrow = 128;
const worthTurning = 1024;

/**
 * Rows as columns, [width, images * rows]: a copy, not a flag of the product, which onnxruntime
 * would make of a plain Transpose.
 */
function turned(recording: Recording, { name, images, count, width }: Rows): string {
  const copy = recording.graph.add("Transpose", [name], { perm: [2, 0, 1] });
  return recording.reshape(copy, [width, images * count]);
}

/**
 * Filter [h, w, C, multiplier] becomes ONNX's [C * multiplier, 1, h, w] with a group for each
 * channel.
 */
const depthwiseConv2d: Lowering = (call) => {
  const { recording, kernel, inputs } = call;
  const info = convInfo(call, inputs.x.shape, inputs.filter.shape, true);
  const x = recording.inLayout(recording.operand(inputs.x), "nchw");
  const [height, width, channels, multiplier] = inputs.filter.shape;
  const { graph } = recording;
  const turned = graph.add("Transpose", [recording.plain(recording.operand(inputs.filter))], {
    perm: [2, 3, 0, 1],
  });
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
