import "../tensors.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storePaths } from "@plumage/models/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generatedInfo, generatedItems } from "../../test/generated.ts";
import { sampleReport } from "../../test/sampleRun.ts";
import { tinyStart } from "../../test/tinyStart.ts";
import { recordedEngine } from "../engine/recorded/recordedEngine.ts";
import { readCheckpoint, readNetwork } from "./checkpoint.ts";
import { RunLog } from "./runLog.ts";
import { train } from "./trainer.ts";
import { readEvaluations } from "./trainLog.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "plumage-early-stop-"));
});
afterAll(() => rmSync(root, { recursive: true }));

test("a run has stalled once enough evaluations in a row are no better", async () => {
  const log = await RunLog.open(join(root, "log"), 0);
  const stalled = [0.3, 0.2, 0.4, 0.4, 0.1, 0.39].map((mapAtR, i) => {
    const metrics = { ...sampleReport().metrics, mapAtR };
    log.append({ iteration: i + 1, evaluation: "validation", ...metrics, seconds: i });
    return log.hasStalled(3);
  });
  expect(stalled).toEqual([false, false, false, false, false, true]);
  log.close();
});

test("stops early, is finished, and a resumed run stays stopped", async () => {
  const folder = join(root, "run");
  // With this rate, no value changes, so no evaluation is better than the first.
  const start = tinyStart("finetune", 50, {
    rate: 1e-30,
    evaluateEvery: 2,
    validation: 3,
    patience: 2,
  });
  const items = await generatedItems(join(root, "images"), 3, 5);
  const printed: string[] = [];
  const options = {
    engine: recordedEngine(1),
    folder,
    dataset: generatedInfo,
    items,
    evaluation: { of: "validation" as const, items },
    signal: new AbortController().signal,
    print: (line: string) => printed.push(line),
  };
  const { finished, checkpoint } = await train(start, options);
  expect(finished).toBe(true);
  expect(checkpoint.state.iteration).toBe(6);
  expect(printed).toContainEqual(expect.stringMatching(/^stopped early/));
  const paths = storePaths(folder);
  expect(readEvaluations(paths.trainLog).map(({ iteration }) => iteration)).toEqual([2, 4, 6]);
  expect((await readNetwork(paths.bestCheckpoint)).iteration).toBe(2);

  const resumed = await train(await readCheckpoint(folder), options);
  expect(resumed.finished).toBe(true);
  expect(resumed.checkpoint.state.iteration).toBe(6);
});
