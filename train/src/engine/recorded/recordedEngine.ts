/** The engine that records loss and gradients as ONNX models and runs them with onnxruntime. */
import type { RecordedModel } from "@plumage/export/recorder";
import * as ort from "@plumage/models/onnxruntime";
import type { Engine } from "../engine.ts";
import { startHostRun } from "./hostRun.ts";
import { startResidentRun } from "./residentRun.ts";

/** onnxruntime's execution providers, and what people call the devices they run on. */
const providers = { cpu: "the CPU", cuda: "CUDA", webgpu: "WebGPU" } as const;
export type Provider = keyof typeof providers;

/**
 * The engine that runs recorded graphs on onnxruntime.
 *
 * @param threads CPU threads, also used by a GPU provider for operators it does not support
 * @param provider onnxruntime's execution provider
 */
export function recordedEngine(threads: number, provider: Provider = "cpu"): Engine {
  const version = ort.env.versions.node ?? "";
  return {
    description: `onnxruntime ${version} on ${providers[provider]}, ${threads} threads`,
    start: (plan, state) => {
      const open = (model: RecordedModel, locations: Record<string, "cpu" | "gpu-buffer"> = {}) =>
        ort.InferenceSession.create(model.bytes, {
          executionProviders: [provider],
          intraOpNumThreads: threads,
          logSeverityLevel: 3,
          preferredOutputLocation: locations,
        });
      // Among onnxruntime-node's providers only WebGPU can keep tensors on the device.
      if (provider !== "webgpu") return startHostRun(plan, state, open);
      return startResidentRun(plan, state, (model, toHost) => {
        const location = (name: string) => (toHost.includes(name) ? "cpu" : "gpu-buffer");
        const locations = model.outputs.map(({ name }) => [name, location(name)] as const);
        return open(model, Object.fromEntries(locations));
      });
    },
  };
}
