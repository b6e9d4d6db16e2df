/** onnxruntime-web behind onnxruntime-node's API: provider names, and preallocated outputs. */
import scriptUrl from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import binaryUrl from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import * as ort from "onnxruntime-web/webgpu";

const absolute = (url: string) => new URL(url, location.href).href;
ort.env.logLevel = "error";
ort.env.wasm.wasmPaths = { mjs: absolute(scriptUrl), wasm: absolute(binaryUrl) };
ort.env.wasm.numThreads = 1;

export const { env, Tensor } = ort;

export const InferenceSession = {
  async create(model: Uint8Array, options: ort.InferenceSession.SessionOptions) {
    const executionProviders = (options.executionProviders ?? []).map((name) =>
      name === "cpu" ? "wasm" : name,
    );
    const session = await ort.InferenceSession.create(model, { ...options, executionProviders });
    return {
      async run(inputs: Record<string, ort.Tensor>, outputs?: Record<string, ort.Tensor>) {
        const results = await session.run(inputs);
        if (!outputs) return results;
        for (const [name, { data }] of Object.entries(results))
          (outputs[name]!.data as Float32Array).set(data as never);
        return outputs;
      },
      release: () => session.release(),
    };
  },
};
