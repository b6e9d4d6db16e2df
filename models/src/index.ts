/**
 * models: what the model is. This entry runs anywhere, browsers included; files and decoding are in
 * ./node.ts.
 */
export * from "./architecture.ts";
export * from "./errors.ts";
export * from "./float16.ts";
export * from "./gallery.ts";
export * from "./image.ts";
export * from "./imageFormat.ts";
export * from "./inkProfile.ts";
export * from "./item.ts";
export * from "./manifest.ts";
export * from "./metrics.ts";
export * from "./network.ts";
export * from "./parameters.ts";
export * from "./random.ts";
export * from "./refine.ts";
export * from "./resize.ts";
