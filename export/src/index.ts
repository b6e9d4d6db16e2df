/** export: from tfjs functions to ONNX files. */
export { parameterInput, parameterInputs } from "./embedder/parameters.ts";
export { lowerings } from "./kernels/index.ts";
export { readOnnxTensors } from "./onnx/tensors.ts";
export type { Layout } from "./record/layout.ts";
export {
  type InputSpec,
  type RecordedModel,
  type RecordOptions,
  recordModel,
} from "./record/recordModel.ts";
