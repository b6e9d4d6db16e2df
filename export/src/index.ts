/**
 * The trained embedder as ONNX files, for Node and browsers. The recorder itself is
 * `@plumage/export/recorder`; encoders that were trained elsewhere come in by
 * `@plumage/export/import`.
 *
 * @module @plumage/export
 */
export { onnxDotProducts } from "./embedder/dotProducts.ts";
export { parameterInput, parameterInputs } from "./embedder/parameters.ts";
export { recordEmbedder, recordEncoder } from "./embedder/record.ts";
