/** Prints the losses of a few steps of a tiny network, `engineLosses.ts PROVIDER STEPS`, as a JSON line: a process of its own. */
import { type Provider, recordedEngine } from "../src/engine/recorded.ts";
import { freshState } from "../src/engine/state.ts";
import { bytes, everyTerm, tiny, trainedLooking } from "./tiny.ts";

const [provider, steps] = [process.argv[2] as Provider, Number(process.argv[3])];
const side = 32;
const batch = 4;
const architecture = { ...tiny(2, side), width: 4 };
const options = { batchNorm: "frozen", objective: everyTerm, clipNorm: 1, weightDecay: 0.05, headRate: 0.3 } as const;
const first = freshState(architecture, trainedLooking(architecture, 3));
const run = await recordedEngine(1, provider).start({ architecture, options, batch }, first);
const losses: number[] = [];
for (let step = 0; step < steps; step++) {
  const images = bytes(batch * side * side * 3, 50 + step);
  losses.push((await run.step({ images, labels: Int32Array.of(0, 0, 1, 1) }, 1e-4)).loss);
}
console.log(JSON.stringify(losses));
process.exit(0);
