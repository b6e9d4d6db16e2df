import { copyFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "@plumage/models/node";
import { TensorProto_DataLocation } from "onnx-buf";
import { afterEach, beforeEach, expect, test } from "vitest";
import { onnxModel } from "../../test/onnxModels.ts";
import { readEncoder } from "./readEncoder.ts";

const fixture = join(repositoryRoot(), "export", "test", "fixtures", "encoders", "vit.onnx");

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-encoder-"));
  path = join(folder, "model.onnx");
});
afterEach(() => rmSync(folder, { recursive: true }));

const withData = (location: string, length = "12") =>
  onnxModel({
    initializer: [
      {
        name: "w",
        dataType: 1,
        dims: [3n],
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [
          { key: "location", value: location },
          { key: "offset", value: "4" },
          { key: "length", value: length },
        ],
      },
    ],
  });

test("reads the part of the data file that a tensor is in", async () => {
  writeFileSync(path, withData("model.data"));
  writeFileSync(join(folder, "model.data"), Float32Array.of(9, 1, 2, 3, 9));
  const [tensor] = (await readEncoder(path)).model.graph.initializer;
  expect(new Float32Array(tensor!.rawData.slice().buffer)).toEqual(Float32Array.of(1, 2, 3));
  expect(tensor).toMatchObject({
    dataLocation: TensorProto_DataLocation.DEFAULT,
    externalData: [],
  });
});

test("rejects missing and truncated data files", async () => {
  copyFileSync(fixture, path);
  await expect(readEncoder(path)).rejects.toMatchObject({
    code: "bad-file",
    line: expect.stringMatching(/vit\.onnx\.data is missing - keep .* beside/),
  });
  copyFileSync(`${fixture}.data`, join(folder, "vit.onnx.data"));
  truncateSync(join(folder, "vit.onnx.data"), 100);
  await expect(readEncoder(path)).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(/too short for tensor/),
  });
});

test.each(["../secret", "/etc/hostname", "", "."])(
  "reads no data from the location %j, outside the model's folder",
  async (location) => {
    writeFileSync(path, withData(location));
    await expect(readEncoder(path)).rejects.toMatchObject({
      code: "bad-file",
      message: expect.stringMatching(/outside its folder/),
    });
  },
);

test("rejects weights beyond 2 GB before it reads them", async () => {
  writeFileSync(path, withData("model.data", String(2 ** 31)));
  writeFileSync(join(folder, "model.data"), "short");
  await expect(readEncoder(path)).rejects.toMatchObject({ code: "unsupported" });
});

test("rejects old opsets", async () => {
  writeFileSync(path, onnxModel({ opset: 8 }));
  await expect(readEncoder(path)).rejects.toMatchObject({
    code: "unsupported",
    line: expect.stringMatching(/opset 8, .*version_converter/),
  });
});
