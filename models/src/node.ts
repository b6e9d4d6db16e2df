/** models, the part that needs Node: files, the model store, decoding, and what every command shares. */
export * from "./node/command.ts";
export * from "./node/decode.ts";
export * from "./node/files.ts";
export * from "./node/progress.ts";
export * from "./node/safetensors.ts";
export * from "./node/store.ts";
export * from "./node/worker.ts";
