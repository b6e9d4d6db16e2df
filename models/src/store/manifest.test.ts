import { expect, test } from "vitest";
import { tinyArchitecture } from "../testing/index.ts";
import type { ImportedEncoder } from "./importedEncoder.ts";
import { cosineLimit, cosineLimits, keepsQuality } from "./limits.ts";
import { type Manifest, parseManifest, variantFile, writeAgainHint } from "./manifest.ts";

const file = (variant: "fp32" | "fp16", cosineMin: number): Manifest["files"][number] => ({
  file: `${variant}.onnx`,
  variant,
  bytes: 1,
  sha256: "0".repeat(64),
  cosineMin,
});

test("variantFile finds fp32 by default, and says which variant is missing", () => {
  const files = [file("fp16", 0.99), file("fp32", 1)];
  const manifest = { name: "birds", architecture: tinyArchitecture(2), files };
  expect(variantFile(manifest).file).toBe("fp32.onnx");
  expect(variantFile(manifest, "fp16").file).toBe("fp16.onnx");
  expect(() => variantFile(manifest, "int8")).toThrow(
    expect.objectContaining({
      code: "bad-file",
      message: "model.json lists no int8 file",
      hint: "run: npm run export -- --name birds",
    }),
  );
});

test("writeAgainHint names the file of an imported encoder", () => {
  const architecture: ImportedEncoder = {
    name: "imported",
    source: { file: "dino.onnx", sha256: "0".repeat(64) },
    input: { name: "x", type: "uint8", layout: "nhwc" },
    normalization: null,
    output: { name: "y", shape: [8], pool: "none" },
    oneByOne: false,
  };
  expect(writeAgainHint({ architecture }, "dino")).toBe(
    "run: npm run import -- --onnx dino.onnx --name dino",
  );
});

test("parseManifest names the first invalid field", () => {
  expect(() => parseManifest("{}")).toThrow(/^model\.json: format: /);
  expect(() => parseManifest("<html>", "https://host/model.json")).toThrow(
    "https://host/model.json is not JSON",
  );
});

test("fp32 must meet the limit of the place; a variant may be twice as far as at export", () => {
  expect(cosineLimit("verify", file("fp32", 0.9))).toBe(cosineLimits.verify.cosine);
  expect(cosineLimit("page", file("fp16", 0.99))).toBeCloseTo(0.98, 12);
  expect(cosineLimit("page", file("fp16", 0.99999))).toBe(cosineLimits.page.cosine);
});

test("a variant may lose half a percentage point of P@1", () => {
  expect(keepsQuality({ precisionAt1Delta: -0.5 })).toBe(true);
  expect(keepsQuality({ precisionAt1Delta: -0.6 })).toBe(false);
  expect(keepsQuality({})).toBe(true);
});
