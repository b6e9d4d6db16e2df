import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Item, initialParameters } from "@plumage/models";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { digests, stateDigests } from "../../test/digests.ts";
import { generatedInfo, generatedItems } from "../../test/generated.ts";
import { tiny } from "../../test/tiny.ts";
import type { Engine } from "../engine/engine.ts";
import { recordedEngine } from "../engine/recorded.ts";
import { freshState } from "../engine/state.ts";
import { readTrainLog } from "../report/trainLog.ts";
import { type Checkpoint, checkpointPath, readCheckpoint } from "./checkpoint.ts";
import { type TrainOptions, train } from "./trainer.ts";

let root: string;
let items: Item[];
let folder: string;
let printed: string[];
let runs = 0;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "plumage-trainer-"));
  items = await generatedItems(join(root, "pictures"), 3, 5);
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  folder = join(root, `run ${runs++}`);
  printed = [];
});

const architecture = tiny(3);
function start(recipe: "scratch" | "finetune", iterations: number): Checkpoint {
  const settings = {
    dataset: "generated",
    recipe,
    weights: "none",
    iterations,
    batch: 8,
    rate: 1e-3,
    seed: 5,
    imageSize: 32,
  };
  return { architecture, settings, seconds: 0, state: freshState(architecture, initialParameters(architecture, 1)) };
}
const options = (changes: Partial<TrainOptions> = {}): TrainOptions => ({
  engine: recordedEngine(1),
  folder,
  dataset: generatedInfo,
  items,
  signal: new AbortController().signal,
  print: (line) => printed.push(line),
  ...changes,
});

/** The log without what depends on the clock. */
const logged = () =>
  readTrainLog(join(folder, "train.jsonl")).map(
    ({ imagesPerSecond: _, waitedShare: __, seconds: ___, ...rest }) => rest,
  );

/** An engine that stops the run once a step is done. */
const interrupting = (stopAt: number, controller: AbortController): Engine => ({
  description: "interrupting",
  async start(plan, state) {
    const run = await recordedEngine(1).start(plan, state);
    return {
      ...run,
      async step(batch, rate) {
        const metrics = await run.step(batch, rate);
        if ((await run.state()).iteration === stopAt) controller.abort();
        return metrics;
      },
    };
  },
});

test.each(["scratch", "finetune"] as const)("%s: a run in two parts is the run in one", async (recipe) => {
  const whole = await train(start(recipe, 5), options());
  expect(whole.finished).toBe(true);
  const wholeLog = logged();
  const expected = await readCheckpoint(folder);
  expect(wholeLog.map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4, 5]);
  expect(digests(expected.state.parameters)).not.toEqual(digests(initialParameters(architecture, 1)));

  folder = join(root, `run ${runs++}`);
  const controller = new AbortController();
  const first = await train(
    start(recipe, 5),
    options({ engine: interrupting(2, controller), signal: controller.signal }),
  );
  expect(first.finished).toBe(false);
  const middle = await readCheckpoint(folder);
  expect(middle.state.iteration).toBe(2);
  const second = await train(middle, options());
  expect(second.finished).toBe(true);

  const resumed = await readCheckpoint(folder);
  expect(stateDigests(resumed.state)).toEqual(stateDigests(expected.state));
  expect(logged()).toEqual(wholeLog);
  expect(resumed.seconds).toBeGreaterThan(middle.seconds);
});

test("a loss that is no number ends the run and leaves the last checkpoint alone", async () => {
  await train(start("scratch", 2), options());
  const before = readFileSync(checkpointPath(folder));
  const failing: Engine = {
    description: "failing",
    async start(plan, state) {
      const run = await recordedEngine(1).start(plan, state);
      return { ...run, step: async (batch, rate) => ({ ...(await run.step(batch, rate)), loss: Number.NaN }) };
    },
  };
  const { settings, ...rest } = await readCheckpoint(folder);
  const longer = { ...rest, settings: { ...settings, iterations: 4 } };
  await expect(train(longer, options({ engine: failing }))).rejects.toMatchObject({
    code: "unavailable",
    message: "the loss is NaN at iteration 3",
    hint: expect.stringContaining("--rate"),
  });
  expect(readFileSync(checkpointPath(folder)).equals(before)).toBe(true);
  expect(logged().map(({ iteration }) => iteration)).toEqual([1, 2]);
});

test("a run whose budget is spent changes nothing and is finished", async () => {
  const { checkpoint } = await train(start("finetune", 1), options());
  const before = await readCheckpoint(folder);
  printed = [];
  const again = await train(await readCheckpoint(folder), options());
  expect(again.finished).toBe(true);
  expect(checkpoint.state.iteration).toBe(1);
  expect(stateDigests((await readCheckpoint(folder)).state)).toEqual(stateDigests(before.state));
  expect(printed).toEqual([]);
});

test("a batch that does not fit the recipe is refused before anything is written", async () => {
  const { settings, ...rest } = start("scratch", 1);
  const wrong = { ...rest, settings: { ...settings, batch: 6 } };
  await expect(train(wrong, options())).rejects.toMatchObject({ code: "bad-input" });
  expect(() => readFileSync(join(folder, "train.jsonl"))).toThrow("ENOENT");
});

test("classes smaller than the recipe's share are announced", async () => {
  const small = items.filter(({ id }) => id !== "0-0" && id !== "0-1");
  await train(start("finetune", 1), options({ items: small }));
  expect(printed[0]).toMatch(/^1 classes have fewer than 4 images/);
});
