/** tfjs-node-gpu: its native library, and its backend made fit for the training step. */
import { hasPackageFile } from "../packageFile.ts";
import { padTensorflowKernels } from "./tensorflowPads.ts";

/**
 * Whether `npm run setup:cuda`, or a person, has put the library there: cheap to ask, nothing is
 * loaded.
 */
export const hasTensorflow = (): boolean =>
  hasPackageFile("@tensorflow/tfjs-node-gpu", "lib", "napi-v8", "tfjs_binding.node");

let opened: Promise<void> | undefined;

/** Registers the tfjs backend "tensorflow". */
export function openTensorflow(): Promise<void> {
  opened ??= import("@tensorflow/tfjs-node-gpu").then(padTensorflowKernels);
  return opened;
}
