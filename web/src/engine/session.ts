/** onnxruntime-web, set up with files of our own host, and sessions on it. */
import type { Manifest } from "@plumage/models";
import scriptUrl from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import * as ort from "onnxruntime-web/webgpu";
import type { ProviderName } from "./protocol.ts";
import { threadCount } from "./providers.ts";

/** @param binary the runtime's .wasm file, downloaded and checked. Call it once, before the first session. */
export function prepareRuntime(binary: Uint8Array<ArrayBuffer>): void {
  ort.env.logLevel = "error";
  ort.env.wasm.wasmPaths = { mjs: new URL(scriptUrl, self.location.href).href };
  ort.env.wasm.wasmBinary = binary;
  ort.env.wasm.numThreads = threadCount();
}

/** A model that computes on one provider. Calls must not overlap. */
export class EmbedderSession {
  readonly #session: ort.InferenceSession;
  readonly #side: number;

  private constructor(session: ort.InferenceSession, side: number) {
    this.#session = session;
    this.#side = side;
  }

  /** @param model bytes of the ONNX file */
  static async create(provider: ProviderName, model: Uint8Array, manifest: Manifest): Promise<EmbedderSession> {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [provider],
      // One picture at a time: providers that compile for shapes do so once.
      freeDimensionOverrides: { N: 1 },
      // What goes to the CPU by design is not worth a warning.
      logSeverityLevel: 3,
    });
    return new EmbedderSession(session, manifest.preprocessing.imageSize);
  }

  /** @param pixels [1, S, S, 3] @returns [dimension], of unit length */
  async embed(pixels: Uint8Array<ArrayBuffer>): Promise<Float32Array> {
    const images = new ort.Tensor("uint8", pixels, [1, this.#side, this.#side, 3]);
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
