/** The thread that runs onnxruntime: session.run is one long native call. */
import { workerData } from "node:worker_threads";
import type { TextModel } from "@plumage/models";
import * as ort from "@plumage/models/onnxruntime";
import { serve, transferred } from "@plumage/models/rpc";
import { parentChannel } from "@plumage/models/rpc/node";
import { type EmbeddedText, openTextEmbedder, type TextEmbedder } from "./textEmbedder.ts";

export interface EmbedderData {
  /** models/store/<name> */
  readonly folder: string;
  readonly modelPath: string;
  readonly threads: number;
  /** Pixels on each edge of the square input. */
  readonly imageSize: number;
  /** Undefined if the model has no text encoder. */
  readonly text: TextModel | undefined;
}

export interface EmbedderMethods {
  embed(batch: EmbedBatch): EmbeddedBatch;
  embedText(text: string): TimedText;
}

export interface TimedText extends EmbeddedText {
  readonly milliseconds: number;
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

const { folder, modelPath, threads, imageSize, text } = workerData as EmbedderData;
const session = await ort.InferenceSession.create(modelPath, {
  executionProviders: ["cpu"],
  intraOpNumThreads: threads,
  logSeverityLevel: 3,
});

/** Opened by the first text: most searches are by images, and its files may be large. */
let textEmbedder: Promise<TextEmbedder> | undefined;
function openedText(): Promise<TextEmbedder> {
  if (textEmbedder) return textEmbedder;
  // The service has checked that there is one.
  textEmbedder = openTextEmbedder(folder, text!, threads);
  // The next text tries again.
  textEmbedder.catch(() => {
    textEmbedder = undefined;
  });
  return textEmbedder;
}

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

  async embedText(words) {
    const embedder = await openedText();
    const start = performance.now();
    const embedded = await embedder.embed(words);
    const milliseconds = performance.now() - start;
    return transferred({ ...embedded, milliseconds }, [embedded.embedding.buffer]);
  },
});
