/**
 * The parts of models that need Node: decoding, and the files of the store.
 *
 * @module @plumage/models/node
 */
export * from "./files/node/findImages.ts";
export {
  describeLeftOut,
  type LeftOut,
  mayComeBack,
  skippedLine,
} from "./files/node/leftOut.ts";
export { type DecodeLimits, decodeImage, imageSize } from "./image/node/decode.ts";
export * from "./setup/packageFolder.ts";
export * from "./store/node/checkpoint.ts";
export * from "./store/node/encoder.ts";
export * from "./store/node/files.ts";
export * from "./store/node/gallery.ts";
export * from "./store/node/items.ts";
export * from "./store/node/manifest.ts";
export * from "./store/node/paths.ts";
export * from "./store/node/report.ts";
export * from "./store/node/safetensors.ts";
export { itemIds } from "./tables/node/itemIds.ts";
export { storedPaths } from "./tables/node/storedPath.ts";
export { readTableItems, type TableItem } from "./tables/node/tableItems.ts";
export { readTableText } from "./tables/node/tableText.ts";
