import sharp from "sharp";
import { expect, it } from "vitest";
import { iccConversion } from "./icc.ts";
import { convertPixels } from "./toSrgb.ts";

/** All combinations of 16 levels of red, green and blue. */
const levels = Uint8Array.from({ length: 4096 * 3 }, (_, i) => {
  const pixel = Math.floor(i / 3);
  return [pixel >> 8, (pixel >> 4) & 15, pixel & 15][i % 3]! * 17;
});
const raw = { width: 64, height: 64, channels: 3 } as const;

async function profileOf(name: "srgb" | "p3"): Promise<Buffer> {
  const image = await sharp(levels, { raw }).withIccProfile(name).png().toBuffer();
  return (await sharp(image).metadata()).icc!;
}

it("converts Display P3 to within one of Little CMS", async () => {
  const profile = await profileOf("p3");
  // The levels as they are, with the profile attached.
  const tagged = await sharp(levels, { raw }).png().withMetadata({ icc: "p3" }).toBuffer();
  const { data: expected } = await sharp(tagged)
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { data: stored } = await sharp(tagged, { ignoreIcc: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(stored);
  convertPixels(pixels, 3, iccConversion(profile)!);
  const differences = pixels.map((value, i) => Math.abs(value - expected[i]!));
  expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  expect(pixels).not.toEqual(new Uint8Array(stored));
});

it("leaves sRGB alone", async () => {
  expect(iccConversion(await profileOf("srgb"))).toBeUndefined();
});

it("ignores a profile that is truncated or not one", async () => {
  const profile = await profileOf("p3");
  for (const length of [0, 20, 100, 140, 300])
    expect(iccConversion(profile.subarray(0, length))).toBeUndefined();
  expect(iccConversion(new Uint8Array(500).fill(255))).toBeUndefined();
});
