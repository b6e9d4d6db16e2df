/**
 * The trained embedder as ONNX files, and the import of encoders that were trained elsewhere. The
 * recorder itself is `@plumage/export/recorder`.
 *
 * @module @plumage/export
 */
export { onnxDotProducts } from "./embedder/dotProducts.ts";
export { parameterInput, parameterInputs } from "./embedder/parameters.ts";
export { recordEmbedder } from "./embedder/record.ts";
export { importOptionTable } from "./import/options.ts";
export { type ImportOptions, importModel } from "./importModel.ts";
