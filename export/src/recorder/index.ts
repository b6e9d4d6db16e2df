/**
 * Records functions of tfjs tensors as ONNX models, and converts models to fp16 and int8.
 *
 * @module @plumage/export/recorder
 */
export { lowerings } from "./kernels/index.ts";
export { toFp16 } from "./onnx/fp16.ts";
export { type Constant, Graph, type GraphNode } from "./onnx/graph.ts";
export { type OnnxModel, readOnnx, writeOnnx } from "./onnx/model.ts";
export { planQuantization } from "./onnx/quantize/plan.ts";
export { toInt8 } from "./onnx/quantize/toInt8.ts";
export { quantizeWeights } from "./onnx/quantize/weights.ts";
export { nodeProto, tensorProto, valueInfo } from "./onnx/serialize.ts";
export { openOnnxTensors } from "./onnx/tensors.ts";
export { tidy } from "./onnx/tidy.ts";
export type { Layout } from "./record/layout.ts";
export {
  type InputSpec,
  type RecordedModel,
  type RecordOptions,
  recordModel,
} from "./recordModel.ts";
