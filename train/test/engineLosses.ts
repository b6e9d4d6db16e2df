/** Prints the losses of a few steps of a tiny network, `engineLosses.ts PROVIDER STEPS`, as a JSON line: a process of its own. */
import { type Provider, recordedEngine } from "../src/engine/recorded.ts";
import { tinyLosses } from "./tinyRun.ts";

const [provider, steps] = [process.argv[2] as Provider, Number(process.argv[3])];
console.log(JSON.stringify(await tinyLosses(recordedEngine(1, provider), steps)));
process.exit(0);
