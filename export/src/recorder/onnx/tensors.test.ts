import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recordModel } from "../recordModel.ts";
import { openOnnxTensors } from "./tensors.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-onnx-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("reads a model's weights by name", async () => {
  const values = Float32Array.of(1, -2, 0.5, 4, 5, 6);
  const { bytes } = recordModel(
    ({ x, ...weights }) => ({
      y: tf.matMul(x as tf.Tensor2D, weights["fc.weight"] as tf.Tensor2D),
    }),
    {
      x: { shape: ["N", 2], type: "float32" },
      "fc.weight": { shape: [2, 3], type: "float32", data: values },
    },
    { name: "m" },
  );
  const path = join(folder, "m.onnx");
  writeFileSync(path, bytes);
  const tensor = (await openOnnxTensors(path)).get("fc.weight")!;
  expect(tensor.shape).toEqual([2, 3]);
  expect(await tensor.read()).toEqual(values);
});

test.each(["not an ONNX file", ""])("rejects a file that contains %o", async (content) => {
  const path = join(folder, "bad.onnx");
  writeFileSync(path, content);
  await expect(openOnnxTensors(path)).rejects.toMatchObject({ code: "bad-file" });
});
