import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openSafetensors, readSafetensors, writeSafetensors } from "./safetensors.ts";

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumage-safetensors-"));
  path = join(folder, "some.safetensors");
});
afterAll(() => rm(folder, { recursive: true }));

/** A file as the format describes it: eight bytes of header length, the header, the data. */
function file(header: unknown, data: readonly number[]): Uint8Array {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.from(data)]);
}

it("reads a file built by hand", async () => {
  const header = {
    __metadata__: { format: "pt" },
    counted: { dtype: "I64", shape: [], data_offsets: [14, 22] },
    "layer.weight": { dtype: "F32", shape: [1, 2], data_offsets: [0, 8] },
    halves: { dtype: "F16", shape: [3], data_offsets: [8, 14] },
  };
  // 1 and -2; 1, -2 and 65504; 300.
  const data = [0, 0, 128, 63, 0, 0, 0, 192, 0, 0x3c, 0, 0xc0, 0xff, 0x7b, 44, 1, 0, 0, 0, 0, 0, 0];
  await writeFile(path, file(header, data));
  const { tensors, metadata } = await readSafetensors(path);
  expect(metadata).toEqual({ format: "pt" });
  expect(Object.fromEntries(tensors)).toEqual({
    "layer.weight": { shape: [1, 2], data: Float32Array.of(1, -2) },
    halves: { shape: [3], data: Float32Array.of(1, -2, 65504) },
    counted: { shape: [], data: Float32Array.of(300) },
  });
});

it("opens a file with types that it cannot read, and reads the others", async () => {
  const header = {
    __metadata__: { note: '"a": {' },
    a: { dtype: "F8_E4M3", shape: [4], data_offsets: [0, 4] },
    b: { dtype: "F32", shape: [1], data_offsets: [4, 8] },
  };
  await writeFile(path, file(header, [1, 2, 3, 4, 0, 0, 128, 63]));
  const { tensors } = await openSafetensors(path);
  expect(await tensors.get("b")!.read()).toEqual(Float32Array.of(1));
  await expect(tensors.get("a")!.read()).rejects.toMatchObject({ code: "bad-file" });
});

const tensors = new Map([
  ["conv.weight", { shape: [2, 3], data: Float32Array.of(0, 1.5, -2.25, 3, 1e-3, 7) }],
  ["none", { shape: [0, 4], data: new Float32Array(0) }],
  ["scalar", { shape: [], data: Float32Array.of(Math.fround(Math.PI)) }],
]);

it("writes the format, with the first tensor at a multiple of eight", async () => {
  await writeSafetensors(path, tensors, { made: "here" });
  const bytes = await readFile(path);
  const length = Number(bytes.readBigUInt64LE());
  expect(length % 8).toBe(0);
  expect(JSON.parse(bytes.subarray(8, 8 + length).toString())).toEqual({
    __metadata__: { made: "here" },
    "conv.weight": { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] },
    none: { dtype: "F32", shape: [0, 4], data_offsets: [24, 24] },
    scalar: { dtype: "F32", shape: [], data_offsets: [24, 28] },
  });
  expect(bytes.readFloatLE(8 + length + 4)).toBe(1.5);
  expect(await readSafetensors(path)).toEqual({ tensors, metadata: { made: "here" } });
});

it("rounds to half floats", async () => {
  await writeSafetensors(path, tensors, {}, "F16");
  const { tensors: read } = await readSafetensors(path);
  expect(read.get("conv.weight")!.data).toEqual(
    Float32Array.of(0, 1.5, -2.25, 3, 0.0010004043579101562, 7),
  );
  expect(read.get("scalar")!.data[0]).toBe(3.140625);
});

const entry = (first: number, last: number, shape = [(last - first) / 4], dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: [first, last],
});

it.each([
  ["an empty file", new Uint8Array(0), "is not a safetensors file"],
  ["text", Buffer.from("this is some text and no tensor at all"), "is not a safetensors file"],
  [
    "a header that is longer than the file",
    Buffer.from([255, 0, 0, 0, 0, 0, 0, 0, 123]),
    "is not a safetensors file",
  ],
  ["a header that is not JSON", file("{nonsense", []), "is not JSON"],
  ["an unsupported dtype", file({ a: entry(0, 4, [4], "F8_E4M3") }, [0, 0, 0, 0]), "type F8_E4M3"],
  ["a header of 20 MB", file(" ".repeat(20_000_001), []), "is not a safetensors file"],
  [
    "equal names",
    file(
      `{"a":${JSON.stringify(entry(0, 4))},"\\u0061": ${JSON.stringify(entry(0, 4))}}`,
      [0, 0, 0, 0],
    ),
    "names a tensor twice",
  ],
  [
    "a shape beyond any file",
    file({ a: entry(0, 8, [2 ** 52, 2 ** 52, 0]) }, Array(8).fill(0)),
    "does not match",
  ],
  ["a deeply nested header", file("[".repeat(1_000_000), []), "is not JSON"],
  ["a tensor past the end", file({ a: entry(0, 8) }, [0, 0, 0, 0]), "tensor a does not match"],
  [
    "overlapping tensors",
    file({ a: entry(0, 8), b: entry(4, 12) }, Array(12).fill(0)),
    "tensor b does not match",
  ],
  [
    "a gap between tensors",
    file({ a: entry(0, 4), b: entry(8, 12) }, Array(12).fill(0)),
    "tensor b does not match",
  ],
  [
    "descending offsets",
    file({ a: entry(8, 0, [2]) }, Array(8).fill(0)),
    "tensor a does not match",
  ],
  [
    "a shape of another size",
    file({ a: entry(0, 8, [3]) }, Array(8).fill(0)),
    "tensor a does not match",
  ],
  ["a negative shape", file({ a: entry(0, 8, [-2]) }, Array(8).fill(0)), "a.shape.0"],
  [
    "bytes at the end",
    file({ a: entry(0, 4) }, Array(8).fill(0)),
    "bytes that belong to no tensor",
  ],
])("rejects %s", async (_, bytes, message) => {
  await writeFile(path, bytes);
  await expect(readSafetensors(path)).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringContaining(message),
  });
});

it("rejects a missing file", async () => {
  await expect(readSafetensors(join(folder, "none"))).rejects.toMatchObject({ code: "bad-file" });
});
