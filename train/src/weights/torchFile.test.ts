import "../tensors.ts";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Architecture, featureMap, frozenBatchNorm, pooledFeatures } from "@plumage/models";
import { tinyArchitecture } from "@plumage/models/testing";
import * as tf from "@tensorflow/tfjs-core";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { asTensors } from "../testing/tensors.ts";
import { initialWeights, missingTensors } from "./initialWeights.ts";
import { readTorchFile } from "./torchFile.ts";

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../test/fixtures/${name}`, import.meta.url));
const side = 48;
const architecture: Architecture = { ...tinyArchitecture(2, side), width: 4 };
const { pixels, features } = z
  .object({ pixels: z.array(z.number()), features: z.array(z.array(z.number())) })
  .parse(JSON.parse(readFileSync(fixture("torch_weights.json"), "utf8")));

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-pth-"));
  await tf.setBackend("cpu");
});
afterAll(() => rmSync(folder, { recursive: true }));
const file = (bytes: Uint8Array | string): string => {
  const path = join(folder, "x.pth");
  writeFileSync(path, bytes);
  return path;
};

test.each(["torch_weights.pth", "torch_weights.legacy.pth"])(
  "%s: the features equal PyTorch's",
  async (name) => {
    const first = await initialWeights(fixture(name), architecture, 1);
    expect(missingTensors(first)).toEqual([]);
    const images = tf.tensor4d(pixels, [2, side, side, 3], "int32");
    const parameters = {
      ...asTensors(architecture, first.parameters, true),
      ...asTensors(architecture, first.parameters, false),
    };
    const map = featureMap(architecture, frozenBatchNorm(parameters), images);
    const actual = await pooledFeatures(map as tf.Tensor4D).array();
    for (const [i, row] of features.entries()) {
      const largest = Math.max(...row.map(Math.abs));
      for (const [at, value] of row.entries())
        expect(Math.abs(actual[i]![at]! - value) / largest).toBeLessThan(1e-4);
    }
  },
);

test("lists missing parameters and rejects other shapes", async () => {
  const wider = { ...architecture, width: 8 };
  const narrow = await initialWeights(
    fixture("torch_weights.pth"),
    { ...architecture, blocks: [2, 1, 1, 1] },
    1,
  );
  expect(missingTensors(narrow)).toContain("layer1.1.conv1.weight is missing");
  await expect(initialWeights(fixture("torch_weights.pth"), wider, 1)).rejects.toMatchObject({
    code: "mismatch",
  });
  const tensors = await readTorchFile(fixture("torch_weights.pth"));
  expect(tensors.get("fc.weight")!.shape).toEqual([3, 128]);
});

describe("rejects, without executing anything,", () => {
  const zipped = (pickle: Buffer) => file(zipSync({ "a/data.pkl": pickle }, { level: 0 }));
  test.each([
    [
      "a call of a function other than torch's",
      () => zipped(Buffer.from("\x80\x02cos\nsystem\nX\x02\0\0\0ls\x85R.", "latin1")),
      /it calls os\.system/,
    ],
    [
      "an opcode that tensors do not need",
      () => zipped(Buffer.from("\x80\x02i.", "latin1")),
      /opcode 0x69/,
    ],
    [
      "a truncated pickle",
      () => zipped(Buffer.from("\x80\x02X\x09\0\0\0a", "latin1")),
      /truncated/,
    ],
    [
      "a value without tensors",
      () => zipped(Buffer.from("\x80\x02}.", "latin1")),
      /contains no tensors/,
    ],
    [
      "an archive without a pickle",
      () => file(zipSync({ "a/version": new Uint8Array(2) })),
      /no data.pkl/,
    ],
    [
      "a truncated archive",
      () => file(readFileSync(fixture("torch_weights.pth")).subarray(0, 20_000)),
      /damaged/,
    ],
    [
      "a truncated legacy file",
      () => file(readFileSync(fixture("torch_weights.legacy.pth")).subarray(0, -9)),
      /truncated/,
    ],
    ["a text file", () => file("plain text"), /not written by torch.save/],
  ] as const)("%s", async (_, make, message) => {
    await expect(readTorchFile(make())).rejects.toMatchObject({
      code: "bad-file",
      message: expect.stringMatching(message),
    });
  });
});
