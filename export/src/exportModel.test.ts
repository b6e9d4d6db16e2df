import "../test/oracle.ts";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { cropAndResize, type Item, type Report, reportSchema } from "@plumage/models";
import {
  decodeImage,
  readManifest,
  readSafetensors,
  repositoryRoot,
  sha256File,
  startingCheckpoint,
  writeReport,
  writeSafetensors,
} from "@plumage/models/node";
import { randomParameters } from "@plumage/models/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dataset, tiny, writeCheckpoint, writeImages } from "../test/storeFolder.ts";
import { openSession, smallestCosine } from "./embedder/session.ts";
import { exportModel } from "./exportModel.ts";

let folder: string;
let printed: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-export-"));
  printed = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = () => exportModel("patches", folder, (line) => printed.push(line));
const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));
const floatsOf = (base64: string) => new Float32Array(bytesOf(base64).buffer);

const metrics = {
  precisionAt1: 0.5,
  recallAt: { "1": 0.5, "2": 0.6, "4": 0.7, "8": 0.8 },
  mapAtR: 0.3,
  rPrecision: 0.4,
};
const calibration = {
  depth: 16,
  gapScale: 0.02,
  nearest: { bias: -9, score: 8, gap: 0.8 },
  others: { bias: -9, score: 7, gap: 0.7 },
  reliability: { samples: 400, ece: 0.02, bins: [] },
};
/** The checked-in report, for another run. */
const reportOf = (iterations: number): Report => ({
  ...reportSchema.parse(JSON.parse(readFileSync(startingCheckpoint("emoji").report, "utf8"))),
  iterations,
  metrics,
});

describe("exportModel", () => {
  let items: Item[];
  beforeEach(async () => {
    items = await writeImages(folder, 7);
    await writeCheckpoint(folder);
  });

  test("exports the best checkpoint with its own metrics", async () => {
    const best = join(folder, "best.safetensors");
    const exported = () =>
      exportModel("patches", folder, () => undefined, {
        variants: ["fp32"],
        allowLoss: false,
        best: true,
      });
    await expect(exported()).rejects.toMatchObject({
      code: "bad-file",
      hint: expect.stringContaining("--evaluate-every"),
    });
    const { tensors, metadata } = await readSafetensors(join(folder, "checkpoint.safetensors"));
    await writeSafetensors(best, tensors, { ...metadata, iteration: "14" });
    await writeReport(folder, {
      ...reportOf(21),
      best: { iteration: 14, chosenBy: "held-out", metrics: { ...metrics, mapAtR: 0.35 } },
    });
    expect(await exported()).toMatchObject({
      producer: { iterations: 14 },
      metrics: { mapAtR: 0.35 },
    });
    expect(await run()).toMatchObject({ producer: { iterations: 21 }, metrics: { mapAtR: 0.3 } });
  });

  test("writes embedder.onnx and a manifest that describes it", async () => {
    const before = readdirSync(folder);
    const manifest = await run();
    expect(
      readdirSync(folder)
        .filter((file) => !before.includes(file))
        .sort(),
    ).toEqual(["embedder.onnx", "model.json"]);
    expect(await readManifest(folder)).toEqual(manifest);
    expect(manifest).toMatchObject({
      format: "plumage-model/1",
      name: "patches",
      architecture: tiny,
      dimension: tiny.dimension,
      preprocessing: { imageSize: 40, resize: [40], filter: "pillow-bilinear" },
      dataset,
      metrics: null,
      producer: { name: "plumage", iterations: 21 },
    });
    const [file, ...others] = manifest.files;
    expect(others).toEqual([]);
    expect(file).toMatchObject({
      file: "embedder.onnx",
      variant: "fp32",
      bytes: readFileSync(join(folder, "embedder.onnx")).length,
      sha256: await sha256File(join(folder, "embedder.onnx")),
    });
    expect(file!.cosineMin).toBeGreaterThan(0.99999);
    expect(printed[0]).toBe(
      "patches: Patches, 40 px images, 16-dimensional embeddings, trained for 21 iterations",
    );
    expect(printed[1]).toContain("embedder.onnx");
  });

  test("goldens are preprocessed held-out images and their embeddings", async () => {
    const { goldens } = await run();
    const heldOut = items.filter(({ split }) => split === "test");
    expect(heldOut).toHaveLength(4);
    expect(goldens).toHaveLength(4);
    const session = await openSession(readFileSync(join(folder, "embedder.onnx")), tiny.imageSize);
    for (const [i, { path, box }] of heldOut.entries()) {
      const expected = cropAndResize(await decodeImage(readFileSync(path)), [tiny.imageSize], box);
      const pixels = bytesOf(goldens[i]!.pixels);
      expect(Buffer.compare(pixels, expected), `pixels of ${path}`).toBe(0);
      const embedding = floatsOf(goldens[i]!.embedding);
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
      expect(
        smallestCosine(embedding, await session.embed(pixels, 1), tiny.dimension),
      ).toBeGreaterThan(0.99999);
    }
    await session.close();
    // Equal goldens could not detect a runtime that ignores its input.
    expect(new Set(goldens.map(({ embedding }) => embedding)).size).toBe(4);
  });

  test("applies and declares the resize steps of the architecture", async () => {
    await writeCheckpoint(folder, {
      metadata: { architecture: JSON.stringify({ ...tiny, resize: [46, 40] }) },
    });
    const { preprocessing, goldens } = await run();
    expect(preprocessing).toEqual({ imageSize: 40, resize: [46, 40], filter: "pillow-bilinear" });
    const { path, box } = items.find(({ split }) => split === "test")!;
    const image = await decodeImage(readFileSync(path));
    expect(Buffer.compare(bytesOf(goldens[0]!.pixels), cropAndResize(image, [46, 40], box))).toBe(
      0,
    );
    expect(Buffer.compare(bytesOf(goldens[0]!.pixels), cropAndResize(image, [40], box))).not.toBe(
      0,
    );
  });

  test("takes metrics from the report only if it is of this checkpoint", async () => {
    await writeReport(folder, { ...reportOf(21), calibration });
    expect(await run()).toMatchObject({ metrics, calibration });
    expect(printed.at(-1)).toMatch(/^scores are calibrated on 400 searches, .* error 0\.020$/);
    await writeReport(folder, { ...reportOf(20), calibration });
    const manifest = await run();
    expect(manifest.metrics).toBeNull();
    expect(manifest.calibration).toBeUndefined();
    expect(printed.at(-1)).toMatch(/^no calibration of scores/);
  });

  test("without held-out images, takes goldens from the training images", async () => {
    const lines = readFileSync(join(folder, "items.jsonl"), "utf8");
    writeFileSync(join(folder, "items.jsonl"), lines.replaceAll('"test"', '"train"'));
    expect((await run()).goldens).toHaveLength(4);
  });
});

describe("throws and writes nothing", () => {
  afterEach(() => expect(readdirSync(folder)).not.toContain("embedder.onnx"));
  const path = () => join(folder, "checkpoint.safetensors");

  test("without a checkpoint", async () => {
    await writeImages(folder, 2);
    const refusal = {
      code: "bad-file",
      message: `${path()} is missing`,
      hint: `run: npm run train -- --name ${basename(folder)}`,
    };
    await expect(run()).rejects.toMatchObject(refusal);
  });

  test("without items", async () => {
    await writeCheckpoint(folder);
    const hint = `run: npm run train -- --name ${basename(folder)}`;
    await expect(run()).rejects.toMatchObject({ code: "bad-file", hint });
    writeFileSync(join(folder, "items.jsonl"), "");
    await expect(run()).rejects.toMatchObject({
      code: "bad-file",
      message: "items.jsonl is empty",
    });
  });

  test("if the checkpoint lacks tensors, and names them", async () => {
    await writeImages(folder, 2);
    const parameters = randomParameters(tiny, 1);
    parameters.delete("conv1.weight");
    parameters.delete("bn1.running_var");
    await writeCheckpoint(folder, { parameters });
    const message = `${path()}: missing or misshaped: conv1.weight, bn1.running_var`;
    await expect(run()).rejects.toMatchObject({ code: "mismatch", message });
  });

  test.each([
    ["architecture", '{"name":"resnet-cgd"}'],
    ["architecture", "resnet"],
    ["dataset", "{}"],
    ["iteration", "many"],
  ])("if the checkpoint's %s is %s", async (field, text) => {
    await writeImages(folder, 2);
    await writeCheckpoint(folder, { metadata: { [field]: text } });
    await expect(run()).rejects.toMatchObject({
      code: "bad-file",
      message: expect.stringContaining(path()),
    });
  });

  test("if the checkpoint is not a safetensors file", async () => {
    await writeImages(folder, 2);
    writeFileSync(path(), "PK\u0003\u0004 this is a zip file");
    await expect(run()).rejects.toMatchObject({
      code: "bad-file",
      message: `${path()} is not a safetensors file`,
    });
  });
});

test("the command prints one line if the model does not exist", () => {
  const main = join(repositoryRoot(), "export", "src", "main.ts");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), main, "--name", "no-such-model"],
    { encoding: "utf8" },
  );
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^\S*no-such-model\S*checkpoint\.safetensors is missing/);
  expect(stderr).toMatch(/ - run: npm run train -- --name no-such-model\n$/);
  expect(status).toBe(66);
});
