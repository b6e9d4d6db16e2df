/** The page of `npm run verify`: runs one model file on one of onnxruntime-web's providers. */
import { cropAndResize, goldenImage, goldenPixels, parseManifest } from "@plumage/models";
import scriptUrl from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import binaryUrl from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import * as ort from "onnxruntime-web/webgpu";
import { imageDecoder } from "../../support/browser/imageDecoder.ts";
import type { Answer, Outcome } from "../answer.ts";

declare global {
  interface Window {
    /** @param file a file next to model.json, which is one folder up */
    verify(file: string, provider: "wasm" | "webgpu"): Promise<Outcome>;
  }
}

const absolute = (url: string) => new URL(url, location.href).href;
ort.env.logLevel = "error";
ort.env.wasm.wasmPaths = { mjs: absolute(scriptUrl), wasm: absolute(binaryUrl) };
ort.env.wasm.numThreads = globalThis.crossOriginIsolated
  ? Math.min(4, navigator.hardwareConcurrency || 1)
  : 1;

window.verify = async (file, provider) => {
  const { goldens, preprocessing } = parseManifest(await (await fetch("../model.json")).text());
  const size = preprocessing.imageSize;
  const model = new Uint8Array(await (await fetch(`../${file}`)).arrayBuffer());
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [provider],
    freeDimensionOverrides: { N: 1 },
    logSeverityLevel: 3,
  }).catch((error: Error) => error);
  // An imported encoder may compute in half precision, for example, without an adapter that does.
  if (session instanceof Error) return { absent: session.message.split("\n", 1)[0]! };
  const answers: Answer["goldens"] = [];
  for (const golden of goldens) {
    const image = goldenImage(golden)!;
    const decoded = cropAndResize(
      await imageDecoder.decode(new Blob([image.file])),
      preprocessing.resize,
      image.box,
    );
    const pixels = goldenPixels(golden);
    const start = performance.now();
    const { embeddings } = await session.run({
      images: new ort.Tensor("uint8", pixels, [1, size, size, 3]),
    });
    const embedding = Array.from((await embeddings!.getData()) as Float32Array);
    const ms = performance.now() - start;
    answers.push({ pixelsEqual: decoded.every((value, i) => value === pixels[i]), embedding, ms });
  }
  await session.release();
  return { answer: { goldens: answers } };
};
