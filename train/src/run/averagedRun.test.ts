import "../tensors.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storePaths } from "@plumage/models/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { digests, stateDigests } from "../../test/digests.ts";
import { generatedInfo, generatedItems } from "../../test/generated.ts";
import { tinyStart } from "../../test/tinyStart.ts";
import type { Engine } from "../engine/engine.ts";
import { recordedEngine } from "../engine/recorded/recordedEngine.ts";
import { type Checkpoint, readCheckpoint, readNetwork } from "./checkpoint.ts";
import { train } from "./trainer.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "plumage-average-"));
});
afterAll(() => rmSync(root, { recursive: true }));

/** An engine that aborts the run after a number of steps. */
const interrupting = (steps: number, controller: AbortController): Engine => ({
  description: "interrupting",
  async start(plan, state) {
    const run = await recordedEngine(1).start(plan, state);
    let done = 0;
    return {
      ...run,
      async step(batch, rate) {
        const metrics = await run.step(batch, rate);
        if (++done === steps) controller.abort();
        return metrics;
      },
    };
  },
});

test.each(["finetune", "scratch"] as const)(
  "%s with --ema: stores the average to evaluate, and resumes exactly",
  async (recipe) => {
    const items = await generatedItems(join(root, `images ${recipe}`), 3, 5);
    const start = () => tinyStart(recipe, 22, { changes: { ema: 0.9 } });
    const run = async (from: Checkpoint, name: string, steps = 22) => {
      const folder = join(root, `${recipe} ${name}`);
      const controller = new AbortController();
      await train(from, {
        engine: interrupting(steps, controller),
        folder,
        dataset: generatedInfo,
        items,
        signal: controller.signal,
        print: () => undefined,
      });
      const stored = await readNetwork(storePaths(folder).checkpoint);
      return { stored, checkpoint: await readCheckpoint(folder) };
    };
    const { stored, checkpoint: whole } = await run(start(), "whole");
    const { parameters, average } = whole.state;
    expect(digests(average!)).not.toEqual(digests(parameters));
    expect(digests(stored.parameters)).toEqual(digests(average!));

    const { checkpoint: middle } = await run(start(), "parts", 13);
    expect(middle.state.iteration).toBe(13);
    const { checkpoint: rest } = await run(middle, "parts");
    expect(stateDigests(rest.state)).toEqual(stateDigests(whole.state));
  },
);
