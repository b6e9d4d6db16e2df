import { createHash } from "node:crypto";
import sharp from "sharp";
import { expect, test } from "vitest";
import { queries } from "./queries.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const made = await Promise.all(queries.map(async (query) => ({ ...query, bytes: await query.make() })));
const metadata = async (name: string) => sharp(made.find((query) => query.name === name)!.bytes).metadata();

test("at least twelve, each a picture of its own of the type it says", async () => {
  expect(made.length).toBeGreaterThanOrEqual(12);
  expect(new Set(made.map((query) => sha256(query.bytes))).size).toBe(made.length);
  for (const { type, bytes } of made) {
    const { format, compression } = await sharp(bytes).metadata();
    expect(`image/${compression === "av1" ? "avif" : format}`).toBe(type);
  }
});

test("each is what its name says", async () => {
  expect((await metadata("jpeg-exif-6")).orientation).toBe(6);
  expect((await metadata("jpeg-exif-3")).orientation).toBe(3);
  expect((await metadata("jpeg-grey")).channels).toBe(1);
  expect((await metadata("jpeg-progressive")).isProgressive).toBe(true);
  expect((await metadata("jpeg-444")).chromaSubsampling).toBe("4:4:4");
  expect((await metadata("jpeg-3000px")).width).toBe(3000);
  expect((await metadata("jpeg-display-p3")).hasProfile).toBe(true);
  expect((await metadata("jpeg-cmyk")).space).toBe("cmyk");
  expect((await metadata("png-palette")).isPalette).toBe(true);
  expect((await metadata("png-16-bit")).depth).toBe("ushort");
  expect((await metadata("gif-animated")).pages).toBe(2);
  const { width, height } = await metadata("png-extreme-aspect");
  expect(width! / height!).toBe(30);
  for (const name of ["png-alpha", "webp-alpha"]) {
    const { bytes } = made.find((query) => query.name === name)!;
    const alpha = await sharp(bytes).extractChannel("alpha").raw().toBuffer();
    expect(alpha.some((value) => value > 0 && value < 255)).toBe(true);
  }
});

test("drawn alike every time", async () => {
  for (const query of made) expect(sha256(await query.make())).toBe(sha256(query.bytes));
});
