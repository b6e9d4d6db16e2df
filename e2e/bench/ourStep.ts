/**
 * Our side of the training benchmark: prints the seconds of each step as one JSON line. Arguments:
 * batch, pixels, threads, steps.
 */
import "@tensorflow/tfjs";
import { initialParameters, resnet50Cgd, uniform } from "@plumage/models";
import { freshState, recipes, recordedEngine } from "@plumage/train";
import { enableProdMode } from "@tensorflow/tfjs-core";

enableProdMode();
const [batch, pixels, threads, steps] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
];
/** The first steps allocate memory. */
const warmUp = 3;

const architecture = resnet50Cgd(100, pixels);
const plan = { architecture, options: recipes.finetune, batch };
const run = await recordedEngine(threads).start(
  plan,
  freshState(architecture, initialParameters(architecture, 1)),
);
const next = uniform(1);
const input = Uint8Array.from({ length: batch * pixels * pixels * 3 }, () => next() * 256);
const labels = Int32Array.from({ length: batch }, (_, i) => i >> 2);
const seconds: number[] = [];
for (let step = 0; step < warmUp + steps; step++) {
  const start = performance.now();
  await run.step({ input, labels }, 1e-4);
  if (step >= warmUp) seconds.push((performance.now() - start) / 1000);
}
await run.close();
console.log(JSON.stringify({ seconds }));
