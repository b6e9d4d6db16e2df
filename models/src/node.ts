/**
 * models, the part that needs Node: files, the model store, decoding, and what every command
 * shares.
 */
export * from "./node/command.ts";
export { type DecodeLimits, decodeImage } from "./node/decode.ts";
export * from "./node/files.ts";
export type { Option, Options, OptionTable } from "./node/options.ts";
export * from "./node/packageFolder.ts";
export { duration, type Progress, progress } from "./node/progress.ts";
export * from "./node/safetensors.ts";
export * from "./node/store.ts";
export * from "./node/worker.ts";
