/**
 * Runs tinyLosses in its own process and prints the result as a line of JSON:
 * `engineLosses.ts PROVIDER|tensorflow STEPS MICRO-BATCH`.
 */
import { eagerEngine } from "../src/engine/eager/eagerEngine.ts";
import { openTensorflow } from "../src/engine/eager/tensorflow.ts";
import { type Provider, recordedEngine } from "../src/engine/recorded/recordedEngine.ts";
import { tinyLosses } from "../src/testing/tinyRun.ts";

const name = process.argv[2] as Provider | "tensorflow";
const [steps, microBatch] = process.argv.slice(3).map(Number) as [number, number];
if (name === "tensorflow") await openTensorflow();
const engine = name === "tensorflow" ? eagerEngine(name, name) : recordedEngine(1, name);
console.log(JSON.stringify(await tinyLosses(engine, steps, microBatch)));
process.exit(0);
