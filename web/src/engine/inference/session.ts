/** onnxruntime-web, set up with files of our own host, and sessions on it. */
import type { Manifest } from "@plumage/models";
import webgpuScript from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import wasmScript from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import type * as Ort from "onnxruntime-web/wasm";
import type { ProviderName } from "../protocol.ts";
import { threadCount } from "./providers.ts";

/** The runtime's scripts by provider: the one that knows WebGPU is twice the size. */
const scripts = {
  wasm: { script: wasmScript, load: (): Promise<typeof Ort> => import("onnxruntime-web/wasm") },
  webgpu: {
    script: webgpuScript,
    load: (): Promise<typeof Ort> => import("onnxruntime-web/webgpu"),
  },
} as const;

/** An ONNX model of opset 17 that gives its one byte back: Identity. */
const identity =
  "CAg6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgCEgQKAggBYg8KAXkSCgoICAISBAoCCAFCBAoAEBE=";

/**
 * Starts the runtime of a provider. Its memory and threads come up with the first session that is
 * made, so a trivial one is: the model may still be on its way.
 *
 * @param binary its .wasm file, downloaded and checked
 */
export async function startRuntime(
  provider: ProviderName,
  binary: Uint8Array<ArrayBuffer>,
): Promise<typeof Ort> {
  const { script, load } = scripts[provider];
  const ort = await load();
  ort.env.logLevel = "error";
  ort.env.wasm.wasmPaths = { mjs: new URL(script, self.location.href).href };
  ort.env.wasm.wasmBinary = binary;
  ort.env.wasm.numThreads = threadCount();
  const trivial = Uint8Array.from(atob(identity), (character) => character.charCodeAt(0));
  await (await ort.InferenceSession.create(trivial, { executionProviders: ["wasm"] })).release();
  return ort;
}

/** A model that computes on one provider. Calls must not overlap. */
export class EmbedderSession {
  readonly #ort: typeof Ort;
  readonly #session: Ort.InferenceSession;
  readonly #side: number;

  private constructor(ort: typeof Ort, session: Ort.InferenceSession, side: number) {
    this.#ort = ort;
    this.#session = session;
    this.#side = side;
  }

  /** @param model bytes of the ONNX file */
  static async create(
    ort: typeof Ort,
    provider: ProviderName,
    model: Uint8Array,
    manifest: Manifest,
  ): Promise<EmbedderSession> {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [provider],
      // One image at a time: providers that compile for shapes do so once.
      freeDimensionOverrides: { N: 1 },
      // What goes to the CPU by design is not worth a warning.
      logSeverityLevel: 3,
    });
    return new EmbedderSession(ort, session, manifest.preprocessing.imageSize);
  }

  /** @param pixels [1, S, S, 3] @returns [dimension], of unit length */
  async embed(pixels: Uint8Array<ArrayBuffer>): Promise<Float32Array> {
    const images = new this.#ort.Tensor("uint8", pixels, [1, this.#side, this.#side, 3]);
    const { embeddings } = await this.#session.run({ images });
    const data = embeddings!.data as Float32Array;
    // A copy: the runtime's own buffer may be a view of memory that it uses again.
    const embedding = data.slice();
    embeddings!.dispose();
    return embedding;
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}
