/**
 * Our side of the embedding benchmark: prints the seconds of each run as one JSON line. Arguments:
 * the model file, batch, pixels, threads, runs.
 */
import { uniform } from "@plumage/models";
import * as ort from "@plumage/models/onnxruntime";

const [file, ...numbers] = process.argv.slice(2) as [string, ...string[]];
const [batch, pixels, threads, runs] = numbers.map(Number) as [number, number, number, number];
/** The first runs allocate memory. */
const warmUp = 3;

const session = await ort.InferenceSession.create(file, {
  executionProviders: ["cpu"],
  intraOpNumThreads: threads,
  logSeverityLevel: 3,
});
const next = uniform(1);
const data = Uint8Array.from({ length: batch * pixels * pixels * 3 }, () => next() * 256);
const images = new ort.Tensor("uint8", data, [batch, pixels, pixels, 3]);
const seconds: number[] = [];
for (let run = 0; run < warmUp + runs; run++) {
  const start = performance.now();
  await session.run({ images });
  if (run >= warmUp) seconds.push((performance.now() - start) / 1000);
}
await session.release();
console.log(JSON.stringify({ seconds }));
