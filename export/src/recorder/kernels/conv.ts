/**
 * Convolutions and their gradients.
 *
 * With a symbolic batch (an exported network) a convolution becomes ONNX's Conv, which runtimes
 * optimize best. With a fixed batch (a training step) it becomes a matrix product of im2col rows
 * (rows.ts): onnxruntime's Conv multiplies image by image, which is slower, and the rows are reused
 * by the filter's gradient.
 */
import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
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

/** Always explicit pads: onnxruntime's WebGPU provider miscomputes auto_pad for stride > 1. */
const onnxConv = (info: ConvInfo) => ({
  kernel_shape: [info.filterHeight, info.filterWidth],
  strides: [info.strideHeight, info.strideWidth],
  dilations: [info.dilationHeight, info.dilationWidth],
  pads: [info.padInfo.top, info.padInfo.left, info.padInfo.bottom, info.padInfo.right],
});

const tapsOf = ({ filterHeight, filterWidth }: ConvInfo): number => filterHeight * filterWidth;

/** The kernel's result: the value `name`, reshaped to `shape`. */
const reshapedResult = (
  { recording, kernel }: KernelCall,
  name: string,
  shape: readonly number[],
): TensorInfo => recording.result(kernel, recording.reshape(name, shape), shape, "float32");

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
  if (suitsWinograd(info))
    return reshapedResult(call, winograd(recording, rows, weights, info).name, info.outShape);
  const windows = columns(recording, rows, info);
  const matrix = recording.reshape(weights, [info.outChannels, tapsOf(info) * info.inChannels]);
  const pixels = info.batchSize * info.outHeight * info.outWidth;
  const product = recording.shaped(graph.add("Gemm", [windows, matrix], { transB: 1 }), [
    pixels,
    info.outChannels,
  ]);
  return reshapedResult(call, product, info.outShape);
};

const conv2dBackpropInput: Lowering = (call) => {
  const { recording, inputs, attrs } = call;
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
  return reshapedResult(call, name, info.inShape);
};

/**
 * dW = dY^T x windows(X), one product over all pixels of the batch. onnxruntime repacks a
 * transposed left factor for every block of columns of the right one, so the narrower matrix goes
 * right, or dY is transposed beforehand.
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
    return reshapedResult(call, product, attrs.filterShape);
  }
  const product =
    width >= worthTransposing
      ? graph.add("MatMul", [transposedRows(recording, dy), windows])
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

/** Matrix widths at which another form of dW's product wins, measured on a CPU with AVX-512. */
const narrow = 128;
const worthTransposing = 1024;

/**
 * Rows transposed to [width, images * count]. A rank-3 Transpose, because onnxruntime would fuse a
 * rank-2 one back into the product as its transA flag.
 */
function transposedRows(recording: Recording, { name, images, count, width }: Rows): string {
  const copy = recording.graph.add("Transpose", [name], { perm: [2, 0, 1] });
  return recording.reshape(copy, [width, images * count]);
}

/** The filter [h, w, C, multiplier] becomes ONNX's [C * multiplier, 1, h, w], in C groups. */
const depthwiseConv2d: Lowering = (call) => {
  const { recording, kernel, inputs } = call;
  const info = convInfo(call, inputs.x.shape, inputs.filter.shape, true);
  const x = recording.inLayout(recording.operand(inputs.x), "nchw");
  const [height, width, channels, multiplier] = inputs.filter.shape;
  const { graph } = recording;
  const transposed = graph.add("Transpose", [recording.plain(recording.operand(inputs.filter))], {
    perm: [2, 3, 0, 1],
  });
  const filter = recording.reshape(transposed, [channels * multiplier, 1, height, width]);
  const name = graph.add("Conv", [x, filter], { ...onnxConv(info), group: channels });
  return recording.result(kernel, name, info.outShape, "float32", "nchw");
};

export const convKernels: LoweringTable = {
  Conv2D: conv2d,
  Conv2DBackpropFilter: conv2dBackpropFilter,
  Conv2DBackpropInput: conv2dBackpropInput,
  DepthwiseConv2dNative: depthwiseConv2d,
};
