import "../tensors.ts";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Architecture, encoderFeatures, featureMap, frozenBatchNorm } from "@plumage/models";
import { tinyArchitecture } from "@plumage/models/testing";
import * as tf from "@tensorflow/tfjs-core";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { asTensors } from "../testing/tensors.ts";
import { call, name, pickle, type TensorLayout, tensor, torchZip } from "../testing/torchFile.ts";
import { initialWeights, missingTensors } from "./initialWeights.ts";

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
    const actual = await encoderFeatures(["S"], map as tf.Tensor4D).array();
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
});

const conv1 = { count: 588, shape: [4, 3, 7, 7], strides: [147, 49, 7, 1] };
const numbers = Float32Array.from({ length: 588 }, (_, i) => i);
const bytesOf = ({ buffer }: { buffer: ArrayBuffer }) => ({ "0": new Uint8Array(buffer) });
const conv1Of = async (bytes: Uint8Array) =>
  (await initialWeights(file(bytes), architecture, 1)).parameters.get("conv1.weight");

test.each<[string, (conv: Buffer) => unknown]>([
  ["state_dict", (conv) => ({ epoch: 3, state_dict: { "module.conv1.weight": conv } })],
  ["model", (conv) => ({ model: { "_orig_mod.conv1.weight": conv }, optimizer: { state: [] } })],
  ["module", (conv) => ({ module: { "backbone.conv1.weight": conv } })],
  ["teacher", (conv) => ({ student: null, teacher: { "module.backbone.conv1.weight": conv } })],
  ["ema.state_dict", (conv) => ({ ema: { decay: 0.99, state_dict: { "conv1.weight": conv } } })],
  [
    "a whole module",
    (conv) =>
      call("torchvision.models.resnet.ResNet", [], {
        training: false,
        _modules: { conv1: call("torch.nn.Conv2d", [], { _parameters: { weight: conv } }) },
      }),
  ],
])("finds the network in %s", async (_, nest) => {
  expect(await conv1Of(torchZip(nest(tensor(conv1)), bytesOf(numbers)))).toEqual(numbers);
});

test.each<[string, unknown]>([
  ["options of argparse", call("argparse.Namespace", [], { lr: 0.1, arch: "resnet50" })],
  ["a function", name("train.loss")],
  ["the result of a function", call("os.system", ["ls"])],
  ["a scalar of NumPy", call("numpy.core.multiarray.scalar", [name("numpy.dtype"), "\0\0"])],
  ["nested hyperparameters", { nested: [call("box.Box", [{ a: 1 }]), null, true, 1e-4] }],
  ["an optimizer", { state: { 0: { exp_avg: tensor({ ...conv1, key: "missing" }) } } }],
  ["a tensor of complex numbers", tensor({ ...conv1, key: "c", kind: "ComplexFloatStorage" })],
  ["a text in protocol 0", Buffer.from("Vtext\nI01\nL12L\nF0.5\n000")],
])("passes over %s", async (_, value) => {
  const checkpoint = { other: value, state_dict: { "conv1.weight": tensor(conv1) } };
  expect(await conv1Of(torchZip(checkpoint, bytesOf(numbers)))).toEqual(numbers);
});

test("reads transposed tensors, in bfloat16 too", async () => {
  const layout = { ...conv1, kind: "BFloat16Storage", strides: [1, 196, 28, 4] };
  const halves = Uint16Array.from(numbers, (_, i) => (i % 4 === 0 ? 0x3f80 : 0xc000));
  const values = await conv1Of(torchZip({ "conv1.weight": tensor(layout) }, bytesOf(halves)));
  expect([values?.[0], values?.[147]]).toEqual([1, -2]);
});

describe("refuses, within bounded time and memory,", () => {
  const zipped = (part: string) =>
    zipSync({ "a/data.pkl": Buffer.from(`\x80\x02${part}`, "latin1") }, { level: 0 });
  const laid = (layout: Partial<TensorLayout>) =>
    torchZip({ "conv1.weight": tensor({ ...conv1, ...layout }) }, bytesOf(numbers));
  const legacy = readFileSync(fixture("torch_weights.legacy.pth"));
  const whole = readFileSync(fixture("torch_weights.pth"));
  test.each<[string, () => Uint8Array | string, RegExp]>([
    ["an unknown opcode", () => zipped("\xff."), /opcode 0xff/],
    ["a text that is longer than the file", () => zipped("X\xff\xff\xff\x7fa"), /truncated/],
    ["a text of 2^63 bytes", () => zipped("\x8d\xff\xff\xff\xff\xff\xff\xff\x7fa"), /truncated/],
    ["a line without an end", () => zipped("cos"), /truncated/],
    ["a pickle without an end", () => zipped("}".repeat(99)), /truncated/],
    ["millions of objects", () => zipped("}".repeat(1_100_000)), /too many objects/],
    ["an empty stack", () => zipped("0."), /more than it has/],
    ["a memo that was not stored", () => zipped("h\x07."), /has not stored/],
    // Each list holds the previous one twice: as a text it would have 2^60 parts.
    [
      "a memo bomb",
      () => zipped(`]${"q\x01h\x01\x86".repeat(60)}q\x01}h\x01h\x01s.`),
      /no tensors/,
    ],
    ["a memo bomb as a name", () => zipped(`]${"2\x86".repeat(60)}2\x93.`), /not text/],
    ["deep nesting", () => zipped(`]${"\x85".repeat(900_000)}.`), /no tensors/],
    ["a dictionary in itself", () => zipped("}q\x01X\x01\0\0\0ah\x01s."), /no tensors/],
    ["a value without tensors", () => zipped("}."), /no tensors/],
    ["a stride of 0", () => laid({ count: 1, strides: [0, 0, 0, 0] }), /beyond its storage/],
    ["a gigantic tensor", () => laid({ shape: [2 ** 50], strides: [0] }), /beyond its storage/],
    ["a negative offset", () => laid({ offset: -1 }), /invalid offset/],
    ["a negative stride", () => laid({ strides: [147, 49, 7, -1] }), /stride/],
    ["an offset beyond the storage", () => laid({ offset: 1 }), /beyond its storage/],
    [
      "a storage that is shorter than it says",
      () => laid({ count: 2 ** 40, offset: 600 }),
      /truncated/,
    ],
    ["a missing storage", () => laid({ key: "1" }), /data\/1 is missing/],
    [
      "complex numbers",
      () => laid({ kind: "ComplexFloatStorage" }),
      /as torch\.ComplexFloatStorage/,
    ],
    ["a compressed archive", () => torchZip({}, bytesOf(new Float32Array(1e6)), 9), /compressed/],
    [
      "an archive without a pickle",
      () => zipSync({ "a/version": new Uint8Array(2) }),
      /no data.pkl/,
    ],
    ["a truncated archive", () => whole.subarray(0, 20_000), /damaged/],
    ["an archive whose directory lies", () => withFourGigabytes(whole), /damaged/],
    ["a truncated legacy file", () => legacy.subarray(0, -9), /truncated/],
    ["a legacy file without storages", () => legacy.subarray(0, 40), /truncated/],
    ["a plain pickle", () => pickle({}), /pickle that torch.save did not write/],
    ["a tar archive", () => `${"\0".repeat(257)}ustar\0`, /tar archive/],
    ["a Git LFS pointer", () => "version https://git-lfs.github.com/spec/v1\n", /Git LFS pointer/],
    ["a web page", () => "<!doctype html>", /web page/],
    ["a text file", () => "plain text", /not a safetensors file/],
  ])("%s", async (_, make, message) => {
    await expect(initialWeights(file(make()), architecture, 1)).rejects.toMatchObject({
      code: "bad-file",
      message: expect.stringMatching(message),
    });
  });
});

/** An archive whose entries claim to have 4 GB each. */
function withFourGigabytes(zip: Buffer): Buffer {
  const bytes = Buffer.from(zip);
  const start = Buffer.from("PK\x01\x02", "latin1");
  for (let at = bytes.indexOf(start); at >= 0; at = bytes.indexOf(start, at + 4))
    bytes.writeUInt32LE(0xfffffff0, at + 20);
  return bytes;
}
