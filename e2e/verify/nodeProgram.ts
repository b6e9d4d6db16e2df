/**
 * Runs one model file on one of onnxruntime-node's providers and prints the answer as JSON. A
 * process of its own: broken native libraries may end it. Arguments: the model's folder, the file,
 * the provider.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cropAndResize, goldenImage, goldenPixels } from "@plumage/models";
import { decodeImage, readManifest, readText } from "@plumage/models/node";
import * as ort from "@plumage/models/onnxruntime";
import { type Answer, sessionRefused } from "./answer.ts";
import { answerTexts } from "./answerTexts.ts";

const [folder, file, provider] = process.argv.slice(2) as [string, string, string];

const { goldens, preprocessing, text } = await readManifest(folder);
const size = preprocessing.imageSize;
const model = await readFile(join(folder, file));
const session = await ort.InferenceSession.create(model, {
  executionProviders: [provider],
  // A fixed batch: providers that compile for each shape do so once.
  freeDimensionOverrides: { N: 1 },
  logSeverityLevel: 3,
}).catch((error: Error) => {
  process.stderr.write(`${error.message.split("\n", 1)[0]}\n`);
  process.exit(sessionRefused);
});
const run = async (inputs: Record<string, ort.Tensor>) =>
  (await session.run(inputs)).embeddings!.data as Float32Array;

async function answerImages(): Promise<Answer> {
  const answers: Answer["goldens"] = [];
  for (const golden of goldens) {
    const image = goldenImage(golden)!;
    const decoded = cropAndResize(await decodeImage(image.file), preprocessing.resize, image.box);
    const pixels = goldenPixels(golden);
    const start = performance.now();
    const images = new ort.Tensor("uint8", pixels, [1, size, size, 3]);
    const embedding = Array.from(await run({ images }));
    const ms = performance.now() - start;
    answers.push({ inputEqual: Buffer.compare(decoded, pixels) === 0, embedding, ms });
  }
  return { goldens: answers };
}

const tensor = (data: Int32Array) => new ort.Tensor("int32", data, [1, data.length]);
const answer = text?.files.some((each) => each.file === file)
  ? await answerTexts(text, await readText(join(folder, text.tokenizer.file)), ({ ids, mask }) =>
      run({ ids: tensor(ids), mask: tensor(mask) }),
    )
  : await answerImages();
await session.release();
process.stdout.write(`${JSON.stringify(answer satisfies Answer)}\n`);
