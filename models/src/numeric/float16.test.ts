import { expect, it } from "vitest";
import { decodeFloat16, encodeFloat16 } from "./float16.ts";

const encode = (value: number): number =>
  new DataView(encodeFloat16(Float32Array.of(value)).buffer).getUint16(0, true);
const decode = (half: number): number => decodeFloat16(Uint8Array.of(half & 255, half >> 8))[0]!;

// Values and bits from Wikipedia's table of IEEE 754 binary16 examples.
it.each([
  [0, 0x0000],
  [-0, 0x8000],
  [2 ** -24, 0x0001],
  [0.00006097555160522461, 0x03ff],
  [0.00006103515625, 0x0400],
  [0.333251953125, 0x3555],
  [0.99951171875, 0x3bff],
  [1, 0x3c00],
  [1.0009765625, 0x3c01],
  [-2, 0xc000],
  [65504, 0x7bff],
  [Number.POSITIVE_INFINITY, 0x7c00],
  [Number.NEGATIVE_INFINITY, 0xfc00],
])("encodes %d as 0x%x, and decodes it", (value, bits) => {
  expect(encode(value)).toBe(bits);
  expect(decode(bits)).toBe(value);
});

// Ties go to the even neighbor, also between the largest half float and the next power of two.
it.each([
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [1 + 2 ** -11 + 2 ** -20, 0x3c01],
  [2047.5, 0x6800],
  [65519.99, 0x7bff],
  [65520, 0x7c00],
  [1e30, 0x7c00],
  [2 ** -25, 0x0000],
  [2 ** -25 * 1.01, 0x0001],
  [3 * 2 ** -25, 0x0002],
  [-(2 ** -26), 0x8000],
  [1e-40, 0x0000],
])("rounds %d to 0x%x", (value, bits) => expect(encode(value)).toBe(bits));

it("round-trips every half float", () => {
  const bytes = new Uint8Array(Uint16Array.from({ length: 1 << 16 }, (_, i) => i).buffer);
  const values = decodeFloat16(bytes);
  const again = new Uint16Array(encodeFloat16(values).buffer);
  again.forEach((half, i) => {
    const isNan = (i & 0x7c00) === 0x7c00 && (i & 0x3ff) !== 0;
    if (isNan) expect(values[i]).toBeNaN();
    else expect(half).toBe(i);
  });
});

it("encodes NaN as NaN", () => expect(decode(encode(Number.NaN))).toBeNaN());
