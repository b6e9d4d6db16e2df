import sharp from "sharp";
import { expect, it } from "vitest";
import { thumbnail } from "./thumbnail.ts";

const wide = sharp({ create: { width: 200, height: 100, channels: 3, background: "#204060" } });
const sizeOf = async (bytes: Uint8Array) => {
  const { format, width, height, orientation } = await sharp(bytes).metadata();
  return { format, width, height, orientation };
};

it("turns a JPEG upright by its EXIF, and keeps its shape", async () => {
  const stored = await wide.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer();
  expect(await sizeOf(await thumbnail(stored, 50))).toMatchObject({
    format: "webp",
    width: 25,
    height: 50,
  });
});

it("leaves a WebP as it is stored, as the network sees it and browsers show it", async () => {
  const stored = await wide.clone().withMetadata({ orientation: 6 }).webp().toBuffer();
  const small = await sizeOf(await thumbnail(stored, 50));
  expect(small).toMatchObject({ format: "webp", width: 50, height: 25 });
  expect(small.orientation).toBeUndefined();
});

it("refuses what is no image", async () => {
  await expect(thumbnail(new TextEncoder().encode("<svg/>"), 50)).rejects.toThrow();
});
