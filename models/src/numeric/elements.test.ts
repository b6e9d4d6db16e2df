import { expect, it } from "vitest";
import { elementTypes } from "./elements.ts";

const bytesOf = ({ buffer }: { readonly buffer: ArrayBufferLike }) => new Uint8Array(buffer);

it.each([
  ["float32", bytesOf(Float32Array.of(1, -2.5))],
  ["float64", bytesOf(Float64Array.of(1, -2.5))],
  ["float16", Uint8Array.of(0, 0x3c, 0, 0xc1)],
  ["bfloat16", Uint8Array.of(0x80, 0x3f, 0x20, 0xc0)],
] as const)("reads %s at any offset of a buffer", (name, bytes) => {
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 1);
  for (const given of [bytes, shifted.subarray(1, -2), Buffer.from(bytes)])
    expect(elementTypes[name].decode(given)).toEqual(Float32Array.of(1, -2.5));
  expect(bytes.length).toBe(2 * elementTypes[name].bytes);
});

it.each([
  ["int64", bytesOf(BigInt64Array.of(1n, -2n))],
  ["int32", bytesOf(Int32Array.of(1, -2))],
  ["int16", bytesOf(Int16Array.of(1, -2))],
  ["int8", bytesOf(Int8Array.of(1, -2))],
] as const)("reads %s", (name, bytes) => {
  expect(elementTypes[name].decode(bytes)).toEqual(Float32Array.of(1, -2));
});

it("reads uint8", () => {
  expect(elementTypes.uint8.decode(Uint8Array.of(1, 254))).toEqual(Float32Array.of(1, 254));
});
