import { createHash } from "node:crypto";
import { imageFormat } from "@plumage/models";
import sharp, { type Metadata } from "sharp";
import { expect, test } from "vitest";
import { queries } from "./queries.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const made = await Promise.all(
  queries.map(async (query) => ({ ...query, bytes: await query.make() })),
);
const metadata = async (name: string) =>
  sharp(made.find((query) => query.name === name)!.bytes).metadata();

test("makes distinct images of the types they declare", async () => {
  expect(new Set(made.map(({ name }) => name)).size).toBe(made.length);
  // Compares bytes: some images differ in a tag only.
  expect(new Set(made.map((query) => sha256(query.bytes))).size).toBe(made.length);
  for (const { type, bytes } of made) {
    expect(`image/${imageFormat(bytes).toLowerCase()}`).toBe(type);
  }
});

/** Metadata that sharp reads from an image, by its name. */
const expectedMetadata: Readonly<Record<string, Partial<Metadata>>> = {
  "jpeg-444": { chromaSubsampling: "4:4:4", isProgressive: false },
  "jpeg-420-odd": { chromaSubsampling: "4:2:0", width: 421, height: 263 },
  "jpeg-progressive": { isProgressive: true, chromaSubsampling: "4:2:0" },
  "jpeg-progressive-444": { isProgressive: true, chromaSubsampling: "4:4:4" },
  ...Object.fromEntries(
    Array.from({ length: 8 }, (_, i) => [`jpeg-exif-${i + 1}`, { orientation: i + 1 }]),
  ),
  "jpeg-gray": { channels: 1 },
  "jpeg-cmyk": { space: "cmyk", hasProfile: false },
  "jpeg-cmyk-profile": { space: "cmyk", hasProfile: true },
  "jpeg-srgb-profile": { hasProfile: true },
  "jpeg-display-p3": { hasProfile: true },
  "jpeg-4000px": { width: 4000 },
  "jpeg-1x1": { width: 1, height: 1 },
  "png-1x1": { width: 1, height: 1 },
  "jpeg-1200x3": { width: 1200, height: 3 },
  "png-1200x40": { width: 1200, height: 40 },
  "png-2x900": { width: 2, height: 900 },
  "png-alpha": { channels: 4, depth: "uchar" },
  "png-gray": { channels: 1 },
  "png-gray-alpha": { channels: 2 },
  "png-palette": { isPalette: true, hasAlpha: false },
  "png-palette-alpha": { isPalette: true, hasAlpha: true },
  "png-16-bit": { depth: "ushort", channels: 3 },
  "png-16-bit-alpha": { depth: "ushort", channels: 4 },
  "png-interlaced": { isProgressive: true },
  "png-exif-6": { orientation: 6 },
  "png-display-p3": { hasProfile: true },
  "webp-alpha": { hasAlpha: true },
  "webp-lossless-alpha": { hasAlpha: true },
  "webp-exif-6": { orientation: 6 },
  "webp-display-p3": { hasProfile: true },
  "webp-animated": { pages: 2 },
  "gif-animated": { pages: 2 },
  "gif-animated-transparent": { pages: 2 },
  "avif-alpha": { hasAlpha: true },
};

test.each(Object.entries(expectedMetadata))(
  "%s has the properties in its name",
  async (name, expected) => {
    expect(await metadata(name)).toMatchObject(expected);
  },
);

test("alpha channels have intermediate values", async () => {
  for (const { name, bytes } of made.filter(
    ({ name }) => name.endsWith("-alpha") && !/^(png-palette|heic)/.test(name),
  )) {
    const alpha = await sharp(bytes)
      .extractChannel("alpha")
      .toColourspace("b-w")
      .raw({ depth: "uchar" })
      .toBuffer();
    expect(
      alpha.some((value) => value > 0 && value < 255),
      name,
    ).toBe(true);
  }
});

test("draws the same bytes every time", async () => {
  for (const query of made) expect(sha256(await query.make())).toBe(sha256(query.bytes));
});
