import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleLog, sampleReport } from "../../test/sampleRun.ts";
import { bestEvaluation, readEvaluations, readTrainLog, TrainLog } from "./trainLog.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-log-"));
  path = join(folder, "train.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

const entries = sampleLog(6);

async function write(iteration: number, from: number, to: number): Promise<void> {
  const log = await TrainLog.open(path, iteration);
  for (const entry of entries.slice(from, to)) log.append(entry);
  log.close();
}

it("appends each entry immediately as one line", async () => {
  const log = await TrainLog.open(path, 0);
  log.append(entries[0]!);
  log.append(entries[1]!);
  expect(readFileSync(path, "utf8").split("\n")).toHaveLength(3);
  expect(readTrainLog(path)).toEqual(entries.slice(0, 2));
  log.close();
});

it("drops entries after the checkpoint that a run resumes from", async () => {
  await write(0, 0, 5);
  await write(3, 3, 6);
  expect(readTrainLog(path)).toEqual(entries);
});

it("starts empty at iteration 0", async () => {
  await write(0, 0, 5);
  await write(0, 0, 1);
  expect(readTrainLog(path)).toEqual(entries.slice(0, 1));
});

it("ignores and replaces an incomplete last line", async () => {
  await write(0, 0, 2);
  appendFileSync(path, JSON.stringify(entries[2]).slice(0, 30));
  expect(readTrainLog(path)).toEqual(entries.slice(0, 2));
  await write(2, 2, 4);
  expect(readTrainLog(path)).toEqual(entries.slice(0, 4));
});

it("reads a log from before a term was added: the term is 0", () => {
  const { proxyAnchor: _, ...older } = entries[0]!;
  writeFileSync(path, `${JSON.stringify(older)}\n`);
  expect(readTrainLog(path)).toEqual([{ ...older, proxyAnchor: 0 }]);
});

it("rejects an invalid entry, naming the line", () => {
  writeFileSync(path, `${JSON.stringify(entries[0])}\n{"iteration": 2}\n`);
  expect(() => readTrainLog(path)).toThrow(/line 2 of .*train\.jsonl/);
});

it("stores iterations and evaluations, and drops both after a checkpoint", async () => {
  const evaluation = (iteration: number, mapAtR: number) => {
    const metrics = { ...sampleReport().metrics, mapAtR };
    return { iteration, evaluation: "held-out" as const, ...metrics, seconds: iteration };
  };
  const log = await TrainLog.open(path, 0);
  for (const entry of entries.slice(0, 4)) {
    log.append(entry);
    log.append(evaluation(entry.iteration, 1 / (1 + Math.abs(entry.iteration - 2.5))));
  }
  log.close();
  expect(readTrainLog(path)).toEqual(entries.slice(0, 4));
  expect(readEvaluations(path).map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4]);
  expect(bestEvaluation(readEvaluations(path))!.iteration).toBe(2); // 3 is as good, but later
  (await TrainLog.open(path, 2)).close();
  expect(readEvaluations(path).map(({ iteration }) => iteration)).toEqual([1, 2]);
  expect(bestEvaluation([])).toBeUndefined();
});
