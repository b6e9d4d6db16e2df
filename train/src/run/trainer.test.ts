import "../tensors.ts";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Item, initialParameters } from "@plumage/models";
import { repositoryRoot, storePaths } from "@plumage/models/node";
import { tinyArchitecture } from "@plumage/models/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { digests, stateDigests } from "../../test/digests.ts";
import { generatedInfo, generatedItems } from "../../test/generated.ts";
import { tinyStart } from "../../test/tinyStart.ts";
import type { Engine } from "../engine/engine.ts";
import { recordedEngine } from "../engine/recorded/recordedEngine.ts";
import { evaluateNetwork } from "../evaluation/evaluateItems.ts";
import { readCheckpoint, readNetwork } from "./checkpoint.ts";
import { type TrainerOptions, train } from "./trainer.ts";
import { bestEvaluation, readEvaluations, readTrainLog } from "./trainLog.ts";

let root: string;
let items: Item[];
let folder: string;
let printed: string[];
let runs = 0;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "plumage-trainer-"));
  items = await generatedItems(join(root, "images"), 3, 5);
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  folder = join(root, `run ${runs++}`);
  printed = [];
});

const architecture = tinyArchitecture(3);
const options = (changes: Partial<TrainerOptions> = {}): TrainerOptions => ({
  engine: recordedEngine(1),
  folder,
  dataset: generatedInfo,
  items,
  signal: new AbortController().signal,
  print: (line) => printed.push(line),
  ...changes,
});

/** The log without timings. */
const logged = () =>
  readTrainLog(storePaths(folder).trainLog).map(
    ({ imagesPerSecond: _, waitedShare: __, seconds: ___, ...rest }) => rest,
  );

/** An engine that aborts the run after a step. */
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

const own = { scratch: {}, finetune: { freeze: "layer2", warmupSteps: 3, arcFace: 1 } } as const;

test.each(["scratch", "finetune"] as const)(
  "%s: an interrupted and resumed run equals an uninterrupted one",
  async (recipe) => {
    const start = () => tinyStart(recipe, 5, { changes: own[recipe] });
    const whole = await train(start(), options());
    expect(whole.finished).toBe(true);
    const wholeLog = logged();
    const expected = await readCheckpoint(folder);
    expect(wholeLog.map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4, 5]);
    expect(digests(expected.state.parameters)).not.toEqual(
      digests(initialParameters(architecture, 1)),
    );

    folder = join(root, `run ${runs++}`);
    const controller = new AbortController();
    const first = await train(
      start(),
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
  },
);

const evaluating = (changes: Partial<TrainerOptions> = {}) =>
  options({ evaluation: { of: "validation", items }, ...changes });
/** Evaluations without timings. */
const evaluated = () =>
  readEvaluations(storePaths(folder).trainLog).map(({ seconds: _, ...rest }) => rest);

test("evaluates at intervals and at the end, and stores the best checkpoint", async () => {
  await train(tinyStart("finetune", 5, { evaluateEvery: 2 }), evaluating());
  const whole = evaluated();
  expect(whole.map(({ iteration }) => iteration)).toEqual([2, 4, 5]);
  const best = bestEvaluation(readEvaluations(storePaths(folder).trainLog))!;
  const stored = await readNetwork(storePaths(folder).bestCheckpoint);
  expect(stored.iteration).toBe(best.iteration);
  const { signal } = new AbortController();
  const again = await evaluateNetwork("again", stored, items, signal);
  const {
    iteration: _,
    evaluation,
    ...metrics
  } = whole.find(({ iteration }) => iteration === best.iteration)!;
  expect(evaluation).toBe("validation");
  expect(again.embedding.metrics).toEqual(metrics);
  expect(printed.filter((line) => line.startsWith("iteration"))).toHaveLength(3);
  const expected = stateDigests((await readCheckpoint(folder)).state);

  // Aborted right before an evaluation, which the resumed run makes up for.
  folder = join(root, `run ${runs++}`);
  const controller = new AbortController();
  const first = tinyStart("finetune", 5, { evaluateEvery: 2 });
  await train(
    first,
    evaluating({ engine: interrupting(4, controller), signal: controller.signal }),
  );
  expect(evaluated().map(({ iteration }) => iteration)).toEqual([2]);
  await train(await readCheckpoint(folder), evaluating());
  expect(evaluated()).toEqual(whole);
  expect(stateDigests((await readCheckpoint(folder)).state)).toEqual(expected);
  expect((await readNetwork(storePaths(folder).bestCheckpoint)).iteration).toBe(best.iteration);
});

test("a new run removes the files of an earlier run", async () => {
  await train(tinyStart("finetune", 2, { evaluateEvery: 1 }), evaluating());
  writeFileSync(join(folder, ".0123456789ab.tmp"), "half a checkpoint");
  const controller = new AbortController();
  controller.abort();
  await train(tinyStart("finetune", 2), evaluating({ signal: controller.signal }));
  expect((await readCheckpoint(folder)).state.iteration).toBe(0);
  expect(readdirSync(folder).sort()).toEqual([
    "checkpoint.safetensors",
    "events.out.tfevents.0.plumage",
    "optimiser.safetensors",
    "train.jsonl",
  ]);
  expect([logged(), evaluated()]).toEqual([[], []]);
});

test("a run that is killed and resumed repeatedly equals an uninterrupted one", async () => {
  await train(tinyStart("finetune", 9, { evaluateEvery: 2 }), evaluating());
  const [whole, figures, expected] = [logged(), evaluated(), await readCheckpoint(folder)];

  folder = join(root, `run ${runs++}`);
  const script = join(repositoryRoot(), "train", "test", "crashingRun.ts");
  // Killed in its third step, one past a checkpoint, then in its seventh; then it finishes.
  for (const [dieAt, signal] of [
    [3, "SIGKILL"] as const,
    [7, "SIGKILL"] as const,
    [0, null] as const,
  ]) {
    const options = [
      "--import",
      import.meta.resolve("tsx"),
      script,
      folder,
      join(root, "images"),
      String(dieAt),
    ];
    const child = spawn(process.execPath, options, { stdio: "ignore" });
    expect(await once(child, "exit")).toEqual([signal === null ? 0 : null, signal]);
  }
  expect(logged()).toEqual(whole);
  expect(evaluated()).toEqual(figures);
  expect(stateDigests((await readCheckpoint(folder)).state)).toEqual(stateDigests(expected.state));
});

test("stops when the loss diverges and keeps the last checkpoint", async () => {
  const diverging = train(tinyStart("finetune", 20, { rate: 1e30 }), options());
  await expect(diverging).rejects.toMatchObject({
    code: "diverged",
    message: expect.stringMatching(
      /^training diverged: the loss is (NaN|-?Infinity) at iteration \d+$/,
    ),
    hint:
      "train again with a lower --rate, or continue from the last checkpoint, iteration 0, " +
      `with --weights ${storePaths(folder).checkpoint}`,
  });
  const { iteration, parameters } = (await readCheckpoint(folder)).state;
  expect(iteration).toBe(0);
  expect(digests(parameters)).toEqual(digests(initialParameters(architecture, 1)));
});

test("never writes a checkpoint with NaN, even if the loss is finite", async () => {
  await train(tinyStart("finetune", 2), options());
  const before = readFileSync(storePaths(folder).checkpoint);
  const failing: Engine = {
    description: "failing",
    async start(plan, state) {
      const run = await recordedEngine(1).start(plan, state);
      const corrupted = async () => {
        const after = await run.state();
        after.parameters.get("conv1.weight")![3] = Number.NaN;
        return after;
      };
      return { ...run, state: corrupted };
    },
  };
  const { settings, ...rest } = await readCheckpoint(folder);
  const longer = { ...rest, settings: { ...settings, iterations: 3 } };
  await expect(train(longer, options({ engine: failing }))).rejects.toMatchObject({
    code: "diverged",
    message: "training diverged: conv1.weight contains NaN after iteration 3",
    hint: expect.stringContaining("the last checkpoint, iteration 2"),
  });
  expect(readFileSync(storePaths(folder).checkpoint).equals(before)).toBe(true);
});

test("a finished run changes nothing", async () => {
  const { checkpoint } = await train(tinyStart("finetune", 1), options());
  const before = await readCheckpoint(folder);
  printed = [];
  const again = await train(await readCheckpoint(folder), options());
  expect(again.finished).toBe(true);
  expect(checkpoint.state.iteration).toBe(1);
  expect(stateDigests((await readCheckpoint(folder)).state)).toEqual(stateDigests(before.state));
  expect(printed).toEqual([]);
});

test("rejects a batch that does not fit the recipe before writing anything", async () => {
  const { settings, ...rest } = tinyStart("scratch", 1);
  const wrong = { ...rest, settings: { ...settings, batch: 6 } };
  await expect(train(wrong, options())).rejects.toMatchObject({ code: "bad-input" });
  expect(() => readFileSync(storePaths(folder).trainLog)).toThrow("ENOENT");
});

test("prints the number of small classes", async () => {
  const small = items.filter(({ id }) => id !== "0-0" && id !== "0-1");
  await train(tinyStart("finetune", 1), options({ items: small }));
  expect(printed[0]).toMatch(/^1 classes have fewer than 4 images/);
});
