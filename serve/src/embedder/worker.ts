/**
 * The thread that owns the onnxruntime session: session.run is one long native call and would block
 * the event loop.
 */
import { parentPort, workerData } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import type { EmbedderData, EmbedReply, EmbedRequest } from "./protocol.ts";

const { modelPath, threads, side } = workerData as EmbedderData;
const port = parentPort!;
const session = await ort.InferenceSession.create(modelPath, {
  executionProviders: ["cpu"],
  intraOpNumThreads: threads,
  logSeverityLevel: 3,
});

port.on("message", async ({ batch, pixels, count }: EmbedRequest) => {
  const start = performance.now();
  try {
    const outputs = await session.run({
      images: new ort.Tensor("uint8", pixels, [count, side, side, 3]),
    });
    const embeddings = (outputs.embeddings!.data as Float32Array).slice();
    const reply: EmbedReply = {
      kind: "done",
      batch,
      embeddings,
      milliseconds: performance.now() - start,
    };
    port.postMessage(reply, [embeddings.buffer]);
  } catch (error) {
    port.postMessage({
      kind: "failed",
      batch,
      message: (error as Error).message,
    } satisfies EmbedReply);
  }
});
port.postMessage({ kind: "ready" } satisfies EmbedReply);
