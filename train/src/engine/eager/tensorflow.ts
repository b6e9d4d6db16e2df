/** Loads tfjs-node-gpu, with the padding that the training step needs. */
import { hasPackageFile } from "../packageFile.ts";
import { padTensorflowKernels } from "./tensorflowPads.ts";

/** Whether the native library is installed (`npm run setup:cuda`). Does not load it. */
export const hasTensorflow = (): boolean =>
  hasPackageFile("@tensorflow/tfjs-node-gpu", "lib", "napi-v8", "tfjs_binding.node");

let opened: Promise<void> | undefined;

/** Registers the tfjs backend "tensorflow", once per process. */
export function openTensorflow(): Promise<void> {
  opened ??= import("@tensorflow/tfjs-node-gpu").then(padTensorflowKernels);
  return opened;
}
