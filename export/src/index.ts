/** The trained embedder as ONNX files. The recorder itself is `@plumage/export/recorder`. */
export { parameterInput, parameterInputs } from "./embedder/parameters.ts";
