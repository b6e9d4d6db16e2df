/**
 * Trains a tiny network in the browser: the recorded engine as it is, on onnxruntime-web in
 * onnxruntime-node's place.
 */
import { recordedEngine } from "@plumage/train/engine";
import { tinyLosses } from "@plumage/train/tinyRun";

declare global {
  interface Window {
    /** What tinyLosses gives: each step's loss, and how large the state is after them. */
    train(provider: "wasm" | "webgpu", steps: number): Promise<number[]>;
  }
}

// The engine's cpu provider is onnxruntime-web's wasm.
window.train = (provider, steps) =>
  tinyLosses(recordedEngine(1, provider === "wasm" ? "cpu" : provider), steps);
