/** onnxruntime-web, started from files of the page's own host, and sessions on it. */
import type { Manifest } from "@plumage/models";
import webgpuScript from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import wasmScript from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import type * as Ort from "onnxruntime-web/wasm";
import { type ProviderName, threadCount } from "./providers.ts";

/** The build of onnxruntime-web for each provider: the one with WebGPU is twice the size. */
const builds = {
  wasm: { script: wasmScript, load: (): Promise<typeof Ort> => import("onnxruntime-web/wasm") },
  webgpu: {
    script: webgpuScript,
    load: (): Promise<typeof Ort> => import("onnxruntime-web/webgpu"),
  },
} as const;

/** An ONNX model of opset 17 with a single Identity node on one byte. */
const identityModel =
  "CAg6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgCEgQKAggBYg8KAXkSCgoICAISBAoCCAFCBAoAEBE=";

/**
 * Starts onnxruntime-web. It allocates memory and threads with its first session, so this creates a
 * trivial one: the model may still be downloading.
 *
 * @param binary the downloaded .wasm file
 */
export async function startRuntime(
  provider: ProviderName,
  binary: Uint8Array<ArrayBuffer>,
): Promise<typeof Ort> {
  const { script, load } = builds[provider];
  const ort = await load();
  ort.env.logLevel = "error";
  ort.env.wasm.wasmPaths = { mjs: new URL(script, self.location.href).href };
  ort.env.wasm.wasmBinary = binary;
  ort.env.wasm.numThreads = threadCount();
  const identity = Uint8Array.from(atob(identityModel), (character) => character.charCodeAt(0));
  const session = await ort.InferenceSession.create(identity, { executionProviders: ["wasm"] });
  await session.release();
  return ort;
}

/** onnxruntime-web, and the provider that it was started for. */
export interface Runtime {
  readonly ort: typeof Ort;
  readonly provider: ProviderName;
}

/** The embedder on one provider. Calls must not overlap. */
export class EmbedderSession {
  readonly runtime: Runtime;
  readonly #session: Ort.InferenceSession;
  readonly #imageSize: number;

  private constructor(runtime: Runtime, session: Ort.InferenceSession, imageSize: number) {
    this.runtime = runtime;
    this.#session = session;
    this.#imageSize = imageSize;
  }

  /** @param model content of the ONNX file */
  static async create(
    ort: typeof Ort,
    provider: ProviderName,
    model: Uint8Array,
    manifest: Manifest,
  ): Promise<EmbedderSession> {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [provider],
      // With a fixed batch of one, providers that compile for shapes do so only once.
      freeDimensionOverrides: { N: 1 },
      // Suppress warnings about nodes that are assigned to the CPU by design.
      logSeverityLevel: 3,
    });
    return new EmbedderSession({ ort, provider }, session, manifest.preprocessing.imageSize);
  }

  /** @param pixels [1, S, S, 3] @returns [dimension], unit length */
  async embed(pixels: Uint8Array<ArrayBuffer>): Promise<Float32Array> {
    const shape = [1, this.#imageSize, this.#imageSize, 3];
    const images = new this.runtime.ort.Tensor("uint8", pixels, shape);
    const { embeddings } = await this.#session.run({ images });
    // Copied: the data may be a view of memory that onnxruntime reuses.
    const embedding = (embeddings!.data as Float32Array).slice();
    embeddings!.dispose();
    return embedding;
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}
