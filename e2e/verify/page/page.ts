/** The page of `npm run verify`: runs one model file on one of onnxruntime-web's providers. */
import {
  cropAndResize,
  goldenImage,
  goldenPixels,
  type Manifest,
  parseManifest,
} from "@plumage/models";
import scriptUrl from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import binaryUrl from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import * as ort from "onnxruntime-web/webgpu";
import { imageDecoder } from "../../support/browser/imageDecoder.ts";
import type { Answer, Outcome } from "../answer.ts";
import { answerTexts } from "../answerTexts.ts";

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

const fetchText = async (file: string) => (await fetch(`../${file}`)).text();

window.verify = async (file, provider) => {
  const manifest = parseManifest(await fetchText("model.json"));
  const model = new Uint8Array(await (await fetch(`../${file}`)).arrayBuffer());
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [provider],
    freeDimensionOverrides: { N: 1 },
    logSeverityLevel: 3,
  }).catch((error: Error) => error);
  // An imported encoder may compute in half precision, for example, without an adapter that does.
  if (session instanceof Error) return { absent: session.message.split("\n", 1)[0]! };
  const { text } = manifest;
  const answer = text?.files.some((each) => each.file === file)
    ? await answerTexts(text, await fetchText(text.tokenizer.file), ({ ids, mask }) =>
        run(session, { ids: int32(ids), mask: int32(mask) }),
      )
    : await answerImages(manifest, session);
  await session.release();
  return { answer };
};

const int32 = (data: Int32Array) => new ort.Tensor("int32", data, [1, data.length]);

async function run(
  session: ort.InferenceSession,
  inputs: Record<string, ort.Tensor>,
): Promise<Float32Array> {
  const { embeddings } = await session.run(inputs);
  return (await embeddings!.getData()) as Float32Array;
}

async function answerImages(
  { goldens, preprocessing }: Manifest,
  session: ort.InferenceSession,
): Promise<Answer> {
  const size = preprocessing.imageSize;
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
    const images = new ort.Tensor("uint8", pixels, [1, size, size, 3]);
    const embedding = Array.from(await run(session, { images }));
    const ms = performance.now() - start;
    answers.push({ inputEqual: decoded.every((value, i) => value === pixels[i]), embedding, ms });
  }
  return { goldens: answers };
}
