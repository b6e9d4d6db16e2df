import sharp from "sharp";
import { expect, test } from "vitest";
import type { ImageFile } from "../collection/imageFile.ts";
import { headerSize } from "./headerSize.ts";

/** A file in memory that counts what is read of it. */
function fileOf(bytes: Uint8Array) {
  const read = { bytes: 0, isClosed: false };
  const file: ImageFile = {
    tag: "",
    bytes: bytes.length,
    async read(start, length) {
      const part = Uint8Array.from(bytes.subarray(start, start + length));
      read.bytes += part.length;
      return part;
    },
    async close() {
      read.isClosed = true;
    },
  };
  return { file, read };
}

const image = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: "red" } });

test.each(["jpeg", "png", "webp", "gif", "avif", "tiff"] as const)("reads a %s", async (format) => {
  const { file, read } = fileOf(await image(31, 17).toFormat(format).toBuffer());
  expect(await headerSize(file)).toEqual({ width: 31, height: 17 });
  expect(read.isClosed).toBe(true);
});

test("reads the start of a large file alone", async () => {
  const noise = await sharp({
    create: {
      width: 400,
      height: 300,
      channels: 3,
      background: "red",
      noise: { type: "gaussian", mean: 128, sigma: 60 },
    },
  })
    .png()
    .toBuffer();
  const { file, read } = fileOf(noise);
  expect(await headerSize(file)).toEqual({ width: 400, height: 300 });
  expect(read.bytes).toBeLessThan(noise.length / 2);
});

test("reads on if metadata are in front of the size", async () => {
  const jpeg = await image(31, 17).jpeg().toBuffer();
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0xea, 0x60]), Buffer.alloc(59_998)]);
  const { file } = fileOf(Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]));
  expect(await headerSize(file)).toEqual({ width: 31, height: 17 });
});

test("something else has no size", async () => {
  const { file, read } = fileOf(Buffer.from("no image"));
  expect(await headerSize(file)).toBeUndefined();
  expect(read.isClosed).toBe(true);
});
