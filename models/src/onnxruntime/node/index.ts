/**
 * onnxruntime-node with its telemetry off. Everything imports onnxruntime from here: the order of
 * the two lines below decides whether it sends events.
 *
 * @module @plumage/models/onnxruntime
 */
import "./telemetry.ts";

// biome-ignore lint/style/noRestrictedImports: the one place that may load the library
export * from "onnxruntime-node";
