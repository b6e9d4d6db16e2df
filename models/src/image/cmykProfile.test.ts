import sharp, { type Sharp } from "sharp";
import { expect, it } from "vitest";
import { stripCmykProfile } from "./cmykProfile.ts";

const image = () =>
  sharp({ create: { width: 40, height: 30, channels: 3, background: { r: 200, g: 90, b: 30 } } });
const bytesOf = async (made: Sharp) => new Uint8Array(await made.toBuffer());

it("removes the profile from a CMYK JPEG and keeps its samples", async () => {
  const bytes = await bytesOf(image().toColourspace("cmyk").withIccProfile("cmyk").jpeg());
  const stripped = stripCmykProfile(bytes);
  const [before, after] = [await sharp(bytes).metadata(), await sharp(stripped).metadata()];
  expect(before.hasProfile).toBe(true);
  expect(after).toMatchObject({ hasProfile: false, space: "cmyk", width: 40, height: 30 });
  expect(bytes.length - stripped.length).toBeGreaterThan(before.icc!.length);
  const inks = (of: Uint8Array) =>
    sharp(of, { ignoreIcc: true })
      .pipelineColourspace("cmyk")
      .toColourspace("cmyk")
      .raw()
      .toBuffer();
  expect(await inks(stripped)).toEqual(await inks(bytes));
});

it("returns every other file unchanged", async () => {
  const files = [
    await bytesOf(image().withIccProfile("p3").jpeg()),
    await bytesOf(image().toColourspace("cmyk").jpeg()),
    await bytesOf(image().png()),
    new Uint8Array(
      await image().toColourspace("cmyk").withIccProfile("cmyk").jpeg().toBuffer(),
    ).slice(0, 300),
    Uint8Array.of(0xff, 0xd8, 0xff),
    new Uint8Array(),
  ];
  for (const bytes of files) expect(stripCmykProfile(bytes)).toBe(bytes);
});
