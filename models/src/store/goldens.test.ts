import { expect, test } from "vitest";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import {
  encodeGolden,
  goldenCosines,
  goldenEmbedding,
  goldenImage,
  goldenPixels,
} from "./goldens.ts";

test("base64 equals Buffer's", () => {
  const bytes = Uint8Array.from({ length: 20_001 }, (_, i) => (i * 31) & 255);
  const text = encodeBase64(bytes);
  expect(text).toBe(Buffer.from(bytes).toString("base64"));
  expect(decodeBase64(text)).toEqual(bytes);
  expect(encodeBase64(new Uint8Array(0))).toBe("");
});

test("a golden keeps pixels, embedding and image", () => {
  const rows = Float32Array.of(9, 0.6, 0.8, 9);
  const pixels = Uint8Array.of(1, 2, 3);
  const file = Uint8Array.of(7, 7);
  const box = { x: 1, y: 2, width: 3, height: 4 };
  const golden = encodeGolden(pixels, rows.subarray(1, 3), { file, box });
  expect(goldenPixels(golden)).toEqual(pixels);
  expect(goldenEmbedding(golden)).toEqual(Float32Array.of(0.6, 0.8));
  expect(goldenImage(golden)).toEqual({ file, box });
  expect(goldenImage(encodeGolden(pixels, rows))).toBeUndefined();
  expect(encodeGolden(pixels, rows, { file, box: undefined }).picture).toEqual({
    file: encodeBase64(file),
  });
});

test("cosines compare what a runtime computes with each golden", async () => {
  const goldens = [
    encodeGolden(Uint8Array.of(3, 4), Float32Array.of(0.6, 0.8)),
    encodeGolden(Uint8Array.of(1, 0), Float32Array.of(0, 1)),
  ];
  const embed = async (pixels: Uint8Array) => Float32Array.from(pixels);
  const [first, second] = await goldenCosines(goldens, embed);
  expect(first).toBeCloseTo(1, 6);
  expect(second).toBe(0);
  expect(await goldenCosines(goldens, async () => Float32Array.of(1))).toEqual([NaN, NaN]);
});
