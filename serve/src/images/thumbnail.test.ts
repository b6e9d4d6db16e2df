import sharp from "sharp";
import { expect, it } from "vitest";
import { thumbnail } from "./thumbnail.ts";

const wide = sharp({ create: { width: 200, height: 100, channels: 3, background: "#204060" } });
const propertiesOf = async (bytes: Uint8Array) => {
  const { format, width, height, orientation } = await sharp(bytes).metadata();
  return { format, width, height, orientation };
};

it("applies the EXIF orientation of a JPEG and keeps its aspect ratio", async () => {
  const stored = await wide.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer();
  expect(await propertiesOf(await thumbnail(stored, 50))).toMatchObject({
    format: "webp",
    width: 25,
    height: 50,
  });
});

it("ignores the EXIF orientation of a WebP, as the network and browsers do", async () => {
  const stored = await wide.clone().withMetadata({ orientation: 6 }).webp().toBuffer();
  const small = await propertiesOf(await thumbnail(stored, 50));
  expect(small).toMatchObject({ format: "webp", width: 50, height: 25 });
  expect(small.orientation).toBeUndefined();
});

it("rejects bytes that are not an image", async () => {
  await expect(thumbnail(new TextEncoder().encode("<svg/>"), 50)).rejects.toThrow();
});

it("shows a TIFF as the network sees it, upright", async () => {
  const stored = await wide.clone().withMetadata({ orientation: 6 }).tiff().toBuffer();
  expect(await propertiesOf(await thumbnail(stored, 50))).toMatchObject({
    format: "webp",
    width: 25,
    height: 50,
  });
});
