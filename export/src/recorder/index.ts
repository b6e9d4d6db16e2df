/**
 * Records functions of tfjs tensors as ONNX models.
 *
 * @module @plumage/export/recorder
 */
export { lowerings } from "./kernels/index.ts";
export { readOnnxTensors } from "./onnx/tensors.ts";
export type { Layout } from "./record/layout.ts";
export {
  type InputSpec,
  type RecordedModel,
  type RecordOptions,
  recordModel,
} from "./recordModel.ts";
