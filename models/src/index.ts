/**
 * What a model is: its network, its images and its files. This entry runs in Node and in browsers;
 * "@plumage/models/node" adds what needs Node.
 *
 * @module @plumage/models
 */
export * from "./errors.ts";
export * from "./image/cmykProfile.ts";
export * from "./image/image.ts";
export * from "./image/imageFormat.ts";
export * from "./image/resize.ts";
export * from "./image/resizeStep.ts";
export * from "./image/sizeLimits.ts";
export * from "./network/architecture.ts";
export * from "./network/batchNorm.ts";
export * from "./network/encoderHead.ts";
export type { Parameters } from "./network/layers.ts";
export * from "./network/network.ts";
export * from "./network/parameters.ts";
export * from "./numeric/elements.ts";
export * from "./numeric/float16.ts";
export * from "./numeric/random.ts";
export * from "./retrieval/index.ts";
export * from "./store/gallery.ts";
export * from "./store/goldens.ts";
export * from "./store/importedEncoder.ts";
export * from "./store/item.ts";
export * from "./store/json.ts";
export * from "./store/layout.ts";
export * from "./store/limits.ts";
export * from "./store/manifest.ts";
export * from "./store/report.ts";
export * from "./store/textModel.ts";
export * from "./store/unreadable.ts";
export * from "./store/variant.ts";
