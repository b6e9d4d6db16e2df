/** The thread that runs onnxruntime: session.run is one long native call. */
import { workerData } from "node:worker_threads";
import * as ort from "@plumage/models/onnxruntime";
import { serve, transferred } from "@plumage/models/rpc";
import { parentChannel } from "@plumage/models/rpc/node";

export interface EmbedderData {
  readonly modelPath: string;
  readonly threads: number;
  /** Pixels on each edge of the square input. */
  readonly imageSize: number;
}

export interface EmbedderMethods {
  embed(batch: EmbedBatch): EmbeddedBatch;
}

export interface EmbedBatch {
  /** RGB bytes, [count, imageSize, imageSize, 3]. */
  readonly pixels: Uint8Array;
  readonly count: number;
}

export interface EmbeddedBatch {
  /** [count, dimension]. */
  readonly embeddings: Float32Array<ArrayBuffer>;
  readonly milliseconds: number;
}

const { modelPath, threads, imageSize } = workerData as EmbedderData;
const session = await ort.InferenceSession.create(modelPath, {
  executionProviders: ["cpu"],
  intraOpNumThreads: threads,
  logSeverityLevel: 3,
});

serve<EmbedderMethods>(parentChannel(), {
  async embed({ pixels, count }) {
    const start = performance.now();
    const images = new ort.Tensor("uint8", pixels, [count, imageSize, imageSize, 3]);
    const outputs = await session.run({ images });
    // A copy: onnxruntime owns the memory of its outputs.
    const embeddings = (outputs.embeddings!.data as Float32Array).slice();
    const milliseconds = performance.now() - start;
    return transferred({ embeddings, milliseconds }, [embeddings.buffer]);
  },
});
