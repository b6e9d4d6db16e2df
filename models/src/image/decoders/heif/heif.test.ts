import { readdir, readFile } from "node:fs/promises";
import sharp from "sharp";
import { expect, it } from "vitest";
import type { RgbImage } from "../../image.ts";
import { decodeImage } from "../../node/decode.ts";

const folder = new URL("../../../../test/fixtures/images/", import.meta.url);
const fixture = (name: string) => readFile(new URL(name, folder));
const names = (await readdir(folder))
  .filter((name) => name.endsWith(".heic"))
  .map((name) => name.slice(0, -".heic".length));

/** The largest and the mean difference from the pixels that libheif's native build gives. */
async function difference(image: RgbImage, name: string) {
  const { data, info } = await sharp(await fixture(`${name}.png`))
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([image.width, image.height, image.data.length]).toEqual([
    info.width,
    info.height,
    data.length,
  ]);
  const differences = Array.from(data, (value, i) => Math.abs(value - image.data[i]!));
  const sum = differences.reduce((a, b) => a + b);
  return { largest: Math.max(...differences), mean: sum / differences.length };
}

it("has fixtures for each property of a phone's files", () => {
  expect(names).toEqual(
    expect.arrayContaining(["heic-grid", "heic-10-bit", "heic-exif-6", "heic-display-p3"]),
  );
});

it.each(names)("decodes %s to libheif's own pixels", async (name) => {
  const { largest, mean } = await difference(
    await decodeImage(await fixture(`${name}.heic`)),
    name,
  );
  // libde265 1.0.15 in WebAssembly is off by one in some samples, before they become RGB.
  expect(largest).toBeLessThanOrEqual(6);
  expect(mean).toBeLessThanOrEqual(0.3);
});

it.each(["heic-420", "heic-grid", "heic-alpha"])("rejects a truncated %s", async (name) => {
  const bytes = await fixture(`${name}.heic`);
  for (const part of [0.1, 0.5, 0.9, 0.99]) {
    await expect(
      decodeImage(bytes.subarray(0, bytes.length * part)),
      `${part}`,
    ).rejects.toMatchObject({
      code: "bad-image",
      message: "the HEIC file is damaged or truncated",
    });
  }
});

it("decodes after files that it rejected", async () => {
  await expect(decodeImage((await fixture("heic-420.heic")).subarray(0, 900))).rejects.toThrow();
  await decodeImage(await fixture("heic-420.heic"));
});

it("checks the limit on pixels before it decodes", async () => {
  const bytes = await fixture("heic-grid.heic");
  await decodeImage(bytes, { maxPixels: 192 * 128 });
  await expect(decodeImage(bytes, { maxPixels: 192 * 128 - 1 })).rejects.toMatchObject({
    code: "bad-image",
    message: "the image has 192 x 128 pixels",
  });
});

it("rejects what is larger inside than its header says", async () => {
  const bytes = Buffer.from(await fixture("heic-420.heic"));
  // The property "ispe": size, type, version, width, height.
  const at = bytes.indexOf("ispe");
  expect([bytes.readUInt32BE(at + 8), bytes.readUInt32BE(at + 12)]).toEqual([96, 64]);
  bytes.writeUInt32BE(8, at + 8);
  bytes.writeUInt32BE(8, at + 12);
  await expect(decodeImage(bytes, { maxPixels: 64 })).rejects.toMatchObject({ code: "bad-image" });
});

it("names a codec that is not HEVC", async () => {
  const bytes = Buffer.from(await fixture("heic-420.heic"));
  bytes.write("jxl1", bytes.indexOf("hvc1"), "latin1");
  await expect(decodeImage(bytes)).rejects.toMatchObject({
    code: "bad-image",
    message: expect.stringMatching(/HEIC file/),
  });
});
