/** All variants of a tiny model: their files, their quality, and how onnxruntime runs them. */
import "../../test/oracle.ts";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromBinary } from "@bufbuild/protobuf";
import { type Manifest, variantNames } from "@plumage/models";
import { readItems, writeItems } from "@plumage/models/node";
import * as ort from "@plumage/models/onnxruntime";
import { type ModelProto, ModelProtoSchema } from "onnx-buf";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { dataset, tiny, writeCheckpoint, writeImages } from "../../test/storeFolder.ts";
import { exportModel } from "../exportModel.ts";
import type { OnnxModel } from "../recorder/index.ts";
import { variants } from "./variants.ts";

/** Every image twice, as a class of its own: a correct variant finds each image's twin. */
async function storeFolder(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "plumage-variants-"));
  await writeImages(folder, 9);
  await writeCheckpoint(folder);
  const items = await readItems(folder);
  const twins = items.flatMap((item) =>
    ["a", "b"].map((twin) => ({ ...item, id: item.id + twin, label: item.id })),
  );
  await writeItems(folder, twins);
  return folder;
}

const allVariants = { variants: variantNames, allowLoss: false };
const files = variantNames.map((variant) => variants[variant].file);

describe("the exported files", () => {
  let folder: string;
  let manifest: Manifest;
  const models = new Map<string, ModelProto>();
  beforeAll(async () => {
    folder = await storeFolder();
    manifest = await exportModel("patches", folder, () => undefined, allVariants);
    for (const file of files)
      models.set(file, fromBinary(ModelProtoSchema, readFileSync(join(folder, file))));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("model.json lists each variant's size, cosines, metrics and speed", () => {
    expect(manifest.files.map(({ file }) => file)).toEqual(files);
    for (const row of manifest.files) {
      expect(row.bytes).toBe(readFileSync(join(folder, row.file)).length);
      expect(row).toMatchObject({
        precisionAt1: 1,
        precisionAt1Delta: 0,
        recallAt4: 1,
        recallAt4Delta: 0,
      });
      expect(row.cosineMin).toBeGreaterThan(0.98);
      expect(row.cosineMean).toBeGreaterThanOrEqual(row.cosineMin);
      expect(row.imagesPerSecond).toBeGreaterThan(0);
    }
    const [fp32, fp16, int8] = manifest.files.map(({ bytes }) => bytes) as [number, number, number];
    expect(fp16).toBeLessThan(fp32);
    expect(int8).toBeLessThan(fp16);
  });

  test.each(files)("%s maps uint8 to float32 and uses only standard operators", (file) => {
    const { graph, opsetImport } = models.get(file)!;
    const port = (value: (typeof graph & object)["input"][number]) => {
      const type = value.type?.value.case === "tensorType" ? value.type.value.value : undefined;
      return [value.name, type?.elemType, type?.shape?.dim.map(({ value }) => String(value.value))];
    };
    expect(graph!.input.map(port)).toEqual([["images", 2, ["N", "40", "40", "3"]]]);
    expect(graph!.output.map(port)).toEqual([["embeddings", 1, ["N", "16"]]]);
    expect(opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([["", 17]]);
    expect(new Set(graph!.node.map(({ domain }) => domain))).toEqual(new Set([""]));
    expect(graph!.node.map(({ opType }) => opType)).not.toContain("BatchNormalization");
  });

  test.each(files)("%s has descriptive names and metadata", (file) => {
    const { graph, metadataProps, producerName, producerVersion, docString } = models.get(file)!;
    const names = graph!.node.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    // The module a value belongs to, and the operator that computed it.
    for (const name of [...names, ...graph!.initializer.map(({ name }) => name)]) {
      expect(name).toMatch(
        /^(images|embeddings|conv1|bn1|layer\d\.\d\.\w+|descriptors\.\w\.\w+)([/.]|$)/,
      );
    }
    expect([producerName, producerVersion]).toEqual([
      "plumage",
      expect.stringMatching(/^\d+\.\d+\.\d+$/),
    ]);
    expect(docString).toContain("embeddings float32 [N, 16]");
    expect(Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]))).toMatchObject({
      name: "patches",
      dataset: dataset.title,
      datasetDescription: dataset.description,
      licences: "MIT, CC BY 4.0",
      iterations: "21",
      metrics: "held-out P@1 1.0000, R@4 1.0000",
    });
  });

  test("onnxruntime runs int8's convolutions, residual sums and products in 8 bits", async () => {
    const dumped = join(folder, "optimized.onnx");
    const options = {
      optimizedModelFilePath: dumped,
      graphOptimizationLevel: "extended",
      logSeverityLevel: 3,
    } as const;
    await (await ort.InferenceSession.create(join(folder, variants.int8.file), options)).release();
    const count = (model: ModelProto) => (type: string) =>
      model.graph!.node.filter(({ opType }) => opType === type).length;
    const fused = count(fromBinary(ModelProtoSchema, readFileSync(dumped)));
    const float = count(models.get(variants.fp32.file)!);
    expect(fused("QLinearConv")).toBe(float("Conv"));
    expect(fused("QGemm")).toBe(float("Gemm"));
    // The last block's sum stays float for the pooling after it.
    expect(fused("QLinearAdd")).toBe(tiny.blocks.reduce((sum, blocks) => sum + blocks, 0) - 1);
    expect([fused("Conv"), fused("FusedConv"), fused("Gemm"), fused("MatMul")]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  const python = process.env.PLUMAGE_PYTHON ?? "python3";
  const hasChecker = spawnSync(python, ["-c", "import onnx"]).status === 0;
  test.skipIf(!hasChecker)(
    "ONNX's checker accepts them (skipped without the Python package onnx)",
    () => {
      const script = fileURLToPath(new URL("../../test/fixtures/check_onnx.py", import.meta.url));
      const paths = files.map((file) => join(folder, file));
      const { status, stdout, stderr } = spawnSync(python, [script, ...paths], {
        encoding: "utf8",
      });
      expect(status, stderr).toBe(0);
      expect(stdout.match(/accepted by onnx/g)).toHaveLength(files.length);
    },
  );
});

test("measures the variants on as many held-out images as requested", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plumage-variants-"));
  await writeCheckpoint(folder);
  const heldOut = (await writeImages(folder, 18)).filter(({ split }) => split === "test");
  // Neither a golden nor among the ten that are spread over these twelve.
  writeFileSync(heldOut[8]!.path, "no image");
  const run = (limit?: number) =>
    exportModel("patches", folder, () => undefined, {
      variants: ["fp16"],
      allowLoss: false,
      heldOut: limit,
    });
  await expect(run()).rejects.toMatchObject({ code: "bad-image" });
  expect((await run(10)).files[1]).toMatchObject({ variant: "fp16", precisionAt1Delta: 0 });
  rmSync(folder, { recursive: true });
});

test.each([
  ["calibration", ["int8"]],
  ["measurement", ["fp16"]],
] as const)("an export aborted during %s writes nothing", async (_, names) => {
  const folder = await storeFolder();
  const before = readdirSync(folder);
  const options = {
    variants: names,
    allowLoss: false,
    signal: AbortSignal.abort(new Error("stopped")),
  };
  await expect(exportModel("patches", folder, () => undefined, options)).rejects.toThrow("stopped");
  expect(readdirSync(folder)).toEqual(before);
  rmSync(folder, { recursive: true });
});

describe("a variant that loses too much", () => {
  let folder: string;
  let printed: string[];
  beforeEach(async () => {
    folder = await storeFolder();
    printed = [];
    // With zero weights in the heads every image has the same embedding.
    vi.spyOn(variants.fp16, "make").mockImplementation((fp32: OnnxModel) => ({
      ...fp32,
      constants: fp32.constants.map((constant) =>
        constant.name.endsWith("linear.weight")
          ? { ...constant, bytes: new Uint8Array(constant.bytes.length) }
          : constant,
      ),
    }));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });
  const run = (allowLoss: boolean) =>
    exportModel("patches", folder, (line) => printed.push(line), {
      variants: ["fp32", "fp16"],
      allowLoss,
    });

  test("is not written, and a message says so", async () => {
    const { files } = await run(false);
    expect(files.map(({ variant }) => variant)).toEqual(["fp32"]);
    expect(readdirSync(folder)).not.toContain(variants.fp16.file);
    expect(printed.join("\n")).toMatch(
      /embedder\.fp16\.onnx is not written: it loses \d+\.\d\d percentage points.*--allow-loss/,
    );
  });

  test("is written with allowLoss", async () => {
    const { files } = await run(true);
    expect(files[1]).toMatchObject({ variant: "fp16" });
    expect(files[1]!.precisionAt1Delta).toBeLessThan(-0.5);
    expect(readdirSync(folder)).toContain(variants.fp16.file);
  });
});
