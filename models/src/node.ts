/** The part of models that needs Node: files, the model store, decoding, worker threads. */
export { type DecodeLimits, decodeImage } from "./image/node/decode.ts";
export * from "./rpc/node/startWorker.ts";
export * from "./setup/packageFolder.ts";
export * from "./store/node/checkpoint.ts";
export * from "./store/node/files.ts";
export * from "./store/node/gallery.ts";
export * from "./store/node/items.ts";
export * from "./store/node/manifest.ts";
export * from "./store/node/paths.ts";
export * from "./store/node/report.ts";
export * from "./store/node/safetensors.ts";
