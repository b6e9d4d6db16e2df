/** Prints the losses of a few steps of a tiny network, `engineLosses.ts PROVIDER|tensorflow STEPS`, as a JSON line: a process of its own. */
import { eagerEngine } from "../src/engine/eager.ts";
import { type Provider, recordedEngine } from "../src/engine/recorded.ts";
import { openTensorflow } from "../src/engine/tensorflow.ts";
import { tinyLosses } from "./tinyRun.ts";

const [name, steps] = [process.argv[2] as Provider | "tensorflow", Number(process.argv[3])];
if (name === "tensorflow") await openTensorflow();
const engine = name === "tensorflow" ? eagerEngine(name, name) : recordedEngine(1, name);
console.log(JSON.stringify(await tinyLosses(engine, steps)));
process.exit(0);
