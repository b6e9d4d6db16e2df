/**
 * The trained embedder as ONNX files. The recorder itself is `@plumage/export/recorder`.
 *
 * @module @plumage/export
 */
export { onnxDotProducts } from "./embedder/dotProducts.ts";
export { parameterInput, parameterInputs } from "./embedder/parameters.ts";
export { recordEmbedder } from "./embedder/record.ts";
