/** The page of training.spec.ts: the recorded engine, unchanged, on onnxruntime-web. */
import { recordedEngine } from "@plumage/train/engine";
import { tinyLosses } from "@plumage/train/testing";

declare global {
  interface Window {
    /** Each step's loss, and the size of the state after them: see tinyLosses. */
    train(provider: "wasm" | "webgpu", steps: number): Promise<number[]>;
  }
}

// The engine's cpu provider is onnxruntime-web's wasm.
window.train = (provider, steps) =>
  tinyLosses(recordedEngine(1, provider === "wasm" ? "cpu" : provider), steps);
