/**
 * Prints the process's memory in bytes after FIRST and after LAST steps as a line of JSON:
 * `engineMemory.ts FIRST LAST MICRO-BATCH`.
 */
import { setTimeout } from "node:timers/promises";
import { randomBytes, randomParameters, tinyArchitecture } from "@plumage/models/testing";
import { recordedEngine } from "../src/engine/recorded/recordedEngine.ts";
import { freshState } from "../src/engine/state.ts";
import { everyClassVector, stepOptions } from "../src/testing/tensors.ts";

const [first, last, microBatch] = process.argv.slice(2).map(Number) as [number, number, number];
const size = 32;
const batch = 8;
// 2 MB of gradients, so that a leak of them shows soon.
const architecture = { ...tinyArchitecture(2, size), ...everyClassVector, width: 16 };
const state = freshState(architecture, randomParameters(architecture, 3));
const run = await recordedEngine(1).start(
  { architecture, options: stepOptions, batch, microBatch },
  state,
);
const labels = Int32Array.from({ length: batch }, (_, i) => i % 2);
const memory: number[] = [];
for (let step = 1; step <= last; step++) {
  await run.step({ input: randomBytes(batch * size * size * 3, step), labels }, 1e-4);
  if (step !== first && step !== last) continue;
  globalThis.gc!();
  await setTimeout(50);
  memory.push(process.memoryUsage().rss);
}
console.log(JSON.stringify(memory));
process.exit(0);
