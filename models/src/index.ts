/**
 * models: what the model is. This entry runs anywhere, browsers included; files and decoding are in
 * ./node.ts.
 */

export * from "./errors.ts";
export * from "./image/cmykProfile.ts";
export * from "./image/image.ts";
export * from "./image/imageFormat.ts";
export * from "./image/resize.ts";
export * from "./network/architecture.ts";
export * from "./network/network.ts";
export * from "./network/parameters.ts";
export * from "./numeric/float16.ts";
export * from "./numeric/random.ts";
export * from "./retrieval/index.ts";
export * from "./store/base64.ts";
export * from "./store/gallery.ts";
export * from "./store/goldens.ts";
export * from "./store/item.ts";
export * from "./store/json.ts";
export * from "./store/layout.ts";
export * from "./store/limits.ts";
export * from "./store/manifest.ts";
export * from "./store/report.ts";
export * from "./store/variant.ts";
