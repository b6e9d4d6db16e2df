import "../tensors.ts";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { initialParameters, type ParameterValues, parameterTable } from "@plumage/models";
import { readReport, writeSafetensors } from "@plumage/models/node";
import { randomParameters, tinyArchitecture } from "@plumage/models/testing";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generatedInfo, generatedItems } from "../../test/generated.ts";
import { recordedEngine } from "../engine/recorded/recordedEngine.ts";
import { freshState } from "../engine/state.ts";
import { calibrateOnItems } from "../evaluation/calibration.ts";
import { evaluateNetwork, evaluateRawPixels } from "../evaluation/evaluateItems.ts";
import { imageSource } from "../run/source.ts";
import { reportRun } from "./reportRun.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-finish-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("reports held-out metrics of the run and its baselines", async () => {
  const architecture = tinyArchitecture(3);
  const items = await generatedItems(join(folder, "images"), 6, 4);
  const trainItems = items.slice(0, 12);
  // Labels that do not match the images' colors, so that no metric is 1.
  const testItems = items
    .slice(12)
    .map((item, i) => ({ ...item, label: `crossed ${i % 5}`, split: "test" as const }));
  const weights = join(folder, "start.safetensors");
  const values = randomParameters(architecture, 1);
  const tensors = parameterTable(architecture).map(
    ({ name, shape }) => [name, { shape, data: values.get(name)! }] as const,
  );
  await writeSafetensors(weights, new Map(tensors), {});
  const parameters = await calibrateOnItems(
    architecture,
    initialParameters(architecture, 9),
    trainItems,
  );
  const settings = {
    dataset: "generated",
    recipe: "finetune" as const,
    weights,
    iterations: 10,
    batch: 8,
    rate: 0.01,
    seed: 9,
    imageSize: 32,
  };
  const { signal } = new AbortController();
  const report = await reportRun({
    name: "generated",
    folder,
    checkpoint: {
      architecture,
      settings,
      state: { ...freshState(architecture, parameters), iteration: 10 },
      seconds: 4,
    },
    engine: recordedEngine(1),
    source: imageSource,
    info: generatedInfo,
    trainItems,
    testItems,
    started: new Date(0),
    signal,
  });
  expect(await readReport(folder)).toEqual(report);
  expect(report).toMatchObject({
    name: "generated",
    dataset: {
      train: { classes: 3, items: 12 },
      test: { classes: 5, items: 12, queries: 12, loneQueries: 0 },
    },
    recipe: { name: "finetune", batch: 8, rate: 0.01 },
    iterations: 10,
    imagesPerSecond: 20,
    start: { weights },
  });
  // This run has the untrained network's parameters, and therefore its metrics.
  expect(report.baselines.untrained).toEqual(report.metrics);
  const evaluateParameters = (parameters: ParameterValues) =>
    evaluateNetwork("again", { architecture, parameters }, testItems, signal);
  const [run, start] = [await evaluateParameters(parameters), await evaluateParameters(values)];
  expect(report.metrics).toEqual(run.embedding.metrics);
  expect(report.pooledMetrics).toEqual(run.pooled.metrics);
  expect(report.start!.metrics).toEqual(start.embedding.metrics);
  expect(report.start!.metrics).not.toEqual(report.metrics);
  expect(report.baselines.rawPixels).toEqual((await evaluateRawPixels(testItems, 32)).metrics);
  expect((await sharp(join(folder, "neighbours.png")).metadata()).format).toBe("png");
  expect(readFileSync(join(folder, "report.html"), "utf8")).toContain("Generated");
  expect(existsSync(join(folder, "train.jsonl"))).toBe(false);
});
