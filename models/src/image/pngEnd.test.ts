import sharp from "sharp";
import { expect, it } from "vitest";
import { hasPngEnd } from "./pngEnd.ts";

const image = { create: { width: 9, height: 7, channels: 3, background: "teal" } } as const;
const png = new Uint8Array(await sharp(image).png().toBuffer());

it("finds the end of a complete file, also in front of other bytes", () => {
  expect(hasPngEnd(png)).toBe(true);
  expect(hasPngEnd(Uint8Array.of(...png, 1, 2, 3))).toBe(true);
});

it("finds no end in a file that is cut anywhere", () => {
  for (let length = 8; length < png.length; length++)
    expect(hasPngEnd(png.subarray(0, length))).toBe(false);
});
