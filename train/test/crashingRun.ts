/**
 * Trains a tiny network and kills its own process at a step: `crashingRun.ts FOLDER IMAGES STEP`.
 * Resumes if the folder has a checkpoint.
 */

import { existsSync } from "node:fs";
import { storePaths } from "@plumage/models/node";
import type { Engine } from "../src/engine/engine.ts";
import { recordedEngine } from "../src/engine/recorded/recordedEngine.ts";
import { readCheckpoint } from "../src/run/checkpoint.ts";
import { train } from "../src/run/trainer.ts";
import { generatedInfo, generatedItems } from "./generated.ts";
import { tinyStart } from "./tinyStart.ts";

const [folder, images, crashStep] = process.argv.slice(2) as [string, string, string];
const items = await generatedItems(images, 3, 5);
const engine: Engine = {
  description: "killing",
  async start(plan, state) {
    const run = await recordedEngine(1).start(plan, state);
    let { iteration } = state;
    return {
      ...run,
      async step(batch, rate) {
        const metrics = await run.step(batch, rate);
        if (++iteration === Number(crashStep)) process.kill(process.pid, "SIGKILL");
        return metrics;
      },
    };
  },
};
const start = existsSync(storePaths(folder).checkpoint)
  ? await readCheckpoint(folder)
  : tinyStart("finetune", 9, { evaluateEvery: 2 });
await train(start, {
  engine,
  folder,
  dataset: generatedInfo,
  items,
  evaluation: { of: "validation", items },
  signal: new AbortController().signal,
  print: () => undefined,
});
