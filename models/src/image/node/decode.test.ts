import sharp from "sharp";
import { expect, it } from "vitest";
import { decodeImage, imageSize } from "./decode.ts";

const width = 5;
const height = 3;
const pixels = width * height;

/** 5 x 3 pixels in which corners, axes and channels differ. */
const rgb = Uint8Array.from({ length: pixels * 3 }, (_, i) => (i * 53 + (i % 3) * 40) % 256);
const raw = (data: Uint8Array, channels: 1 | 2 | 3 | 4) =>
  sharp(data, { raw: { width, height, channels } });
const every = <T>(count: number, of: (pixel: number) => T[]) =>
  Array.from({ length: count }, (_, i) => of(i)).flat();

it.each([
  ["PNG", () => raw(rgb, 3).png()],
  ["palette PNG", () => raw(rgb, 3).png({ palette: true, colors: 16, dither: 0 })],
  ["WebP", () => raw(rgb, 3).webp({ lossless: true })],
])("decodes the pixels of a %s", async (_, image) => {
  expect(await decodeImage(await image().toBuffer())).toEqual({
    width,
    height,
    data: Buffer.from(rgb),
  });
});

it.each([
  ["JPEG", () => raw(rgb, 3).jpeg()],
  ["GIF", () => raw(rgb, 3).gif()],
])("decodes a %s as libvips does", async (_, image) => {
  const bytes = await image().toBuffer();
  expect([...(await decodeImage(bytes)).data]).toEqual([
    ...(await sharp(bytes).removeAlpha().raw().toBuffer()),
  ]);
});

it("repeats gray in all channels", async () => {
  const gray = Uint8Array.from({ length: pixels }, (_, i) => i * 17);
  const bytes = await raw(gray, 1).toColourspace("b-w").png().toBuffer();
  expect((await sharp(bytes).metadata()).channels).toBe(1);
  expect([...(await decodeImage(bytes)).data]).toEqual(
    every(pixels, (i) => [i * 17, i * 17, i * 17]),
  );
});

it("truncates 16-bit samples to 8 bits", async () => {
  const bytes = await raw(rgb, 3).toColourspace("rgb16").png().toBuffer();
  expect((await sharp(bytes).metadata()).depth).toBe("ushort");
  expect([...(await decodeImage(bytes)).data]).toEqual([...rgb]);
});

// Where each EXIF orientation puts the pixel stored at (x, y), from the table in the EXIF standard.
const upright: Record<number, (x: number, y: number) => [number, number]> = {
  1: (x, y) => [x, y],
  2: (x, y) => [width - 1 - x, y],
  3: (x, y) => [width - 1 - x, height - 1 - y],
  4: (x, y) => [x, height - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y) => [height - 1 - y, x],
  7: (x, y) => [height - 1 - y, width - 1 - x],
  8: (x, y) => [y, width - 1 - x],
};

it.each(Object.entries(upright))("applies EXIF orientation %s", async (orientation, to) => {
  const bytes = await raw(rgb, 3)
    .withMetadata({ orientation: Number(orientation) })
    .png()
    .toBuffer();
  const image = await decodeImage(bytes);
  const turned = Number(orientation) >= 5;
  expect([image.width, image.height]).toEqual(turned ? [height, width] : [width, height]);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [newX, newY] = to(x, y);
      const at = (newY * image.width + newX) * 3;
      expect([...image.data.subarray(at, at + 3)]).toEqual([
        ...rgb.subarray((y * width + x) * 3).subarray(0, 3),
      ]);
    }
  }
});

it("ignores the EXIF orientation of a WebP, as Chromium does", async () => {
  const bytes = await raw(rgb, 3)
    .withMetadata({ orientation: 6 })
    .webp({ lossless: true })
    .toBuffer();
  expect((await sharp(bytes).metadata()).orientation).toBe(6);
  expect(await decodeImage(bytes)).toEqual({ width, height, data: Buffer.from(rgb) });
});

const rgba = Uint8Array.from({ length: pixels * 4 }, (_, i) =>
  i % 4 === 3 ? (i * 31) % 256 : (i * 53) % 256,
);

it.each([
  ["PNG", Math.round, () => raw(rgba, 4).png()],
  ["WebP", Math.floor, () => raw(rgba, 4).webp({ lossless: true, exact: true })],
])("composites a transparent %s over white as Chromium does", async (_, round, image) => {
  const expected = every(pixels, (i) => {
    const [red, green, blue, alpha] = rgba.subarray(i * 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    return [red, green, blue].map((value) => round((value * alpha) / 255) + 255 - alpha);
  });
  expect([...(await decodeImage(await image().toBuffer())).data]).toEqual(expected);
});

it("composites gray with alpha over white", async () => {
  const bytes = await raw(
    Uint8Array.from({ length: pixels * 2 }, (_, i) => (i % 2 ? 0 : i)),
    2,
  )
    .toColourspace("b-w")
    .png()
    .toBuffer();
  expect(new Set((await decodeImage(bytes)).data)).toEqual(new Set([255]));
});

/** 8 x 8 pixels of CMYK 204, 153, 0, 64 (of 255), inverted as Adobe does; written by Pillow. */
const cmykJpeg = [
  "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
  "AQEBAQEBAQEBAQEBAQEBAQEBAQEB/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAAB",
  "AgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNi",
  "coIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SV",
  "lpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4E",
  "QwBNAFkASwAAPwD+Zevi+v7+K/fiv//Z",
].join("");

it("converts CMYK without a profile by (1 - ink)(1 - black)", async () => {
  const bytes = Buffer.from(cmykJpeg, "base64");
  expect((await sharp(bytes).metadata()).space).toBe("cmyk");
  const { data } = await decodeImage(bytes);
  const expected = [204, 153, 0].map((ink) => Math.floor(((255 - ink) * (255 - 64)) / 255));
  expect([...data.subarray(0, 3)]).toEqual(expected);
});

it("decodes the first frame of an animation", async () => {
  const frames = ["#c00000", "#0000c0"].map((background) =>
    sharp({ create: { width, height, channels: 3, background } })
      .raw()
      .toBuffer(),
  );
  const bytes = await sharp(Buffer.concat(await Promise.all(frames)), {
    raw: { width, height: height * 2, channels: 3, pageHeight: height },
  })
    .gif({ delay: [100, 100] })
    .toBuffer();
  expect((await sharp(bytes).metadata()).pages).toBe(2);
  const image = await decodeImage(bytes);
  expect([image.width, image.height]).toEqual([width, height]);
  expect([...image.data]).toEqual(every(pixels, () => [0xc0, 0, 0]));
});

it("decodes a single pixel", async () => {
  const bytes = await sharp({ create: { width: 1, height: 1, channels: 3, background: "#010203" } })
    .png()
    .toBuffer();
  expect([...(await decodeImage(bytes)).data]).toEqual([1, 2, 3]);
});

it("checks the limit on pixels before it decodes", async () => {
  const bytes = await raw(rgb, 3).png().toBuffer();
  expect((await decodeImage(bytes, { maxPixels: pixels })).width).toBe(width);
  await expect(decodeImage(bytes, { maxPixels: pixels - 1 })).rejects.toMatchObject({
    code: "bad-image",
    message: "the image has 5 x 3 pixels",
    hint: "the limit is 14 pixels",
  });
});

it("checks the limit on sides before it decodes", async () => {
  const blank = (width: number, height: number) =>
    sharp({
      create: { width, height, channels: 3, background: "#fff" },
      limitInputPixels: false,
    }).png();
  for (const [width, height] of [
    [1, 65_536],
    [65_536, 1],
  ] as const) {
    const bytes = await blank(width, height).toBuffer();
    for (const read of [decodeImage, imageSize]) {
      await expect(read(bytes)).rejects.toMatchObject({
        code: "bad-image",
        message: `the image has ${width} x ${height} pixels`,
        hint: "the limit is 65535 pixels a side",
      });
    }
  }
  expect(await imageSize(await blank(65_535, 1).toBuffer())).toEqual({ width: 65_535, height: 1 });
});

it("reads the size of an image that is too large to decode", async () => {
  const create = { width: 1, height: 1, channels: 3, background: "#fff" } as const;
  const bytes = await sharp({ create }).webp({ lossless: true }).toBuffer();
  // 14 bits each for the sides of VP8L, less 1 (RFC 9649, 3.4).
  bytes.writeUInt32LE((bytes.readUInt32LE(21) & 0xf0000000) | (16_382 << 14) | 16_382, 21);
  expect(await imageSize(bytes)).toEqual({ width: 16_383, height: 16_383 });
  await expect(decodeImage(bytes)).rejects.toThrow("the image has 16383 x 16383 pixels");
});

const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 7919) % 251);
const large = () => sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });

it.each([
  ["JPEG", () => large().jpeg()],
  ["PNG", () => large().png()],
  ["WebP", () => large().webp({ lossless: true })],
  ["GIF", () => large().gif()],
  ["AVIF", () => large().avif({ effort: 0 })],
])("rejects a truncated %s", async (format, image) => {
  const bytes = await image().toBuffer();
  for (const part of [0.1, 0.5, 0.9]) {
    await expect(
      decodeImage(bytes.subarray(0, bytes.length * part)),
      `${part}`,
    ).rejects.toMatchObject({
      code: "bad-image",
      message: `the ${format} file is damaged or truncated`,
    });
  }
});

it.each([
  ["an empty file", "", "the image is empty"],
  ["one byte", "\xff", "this is not an image"],
  ["text", "once upon a time", "this is not an image"],
  ["a web page", "<!doctype html><html></html>", "this is not an image"],
  ["SVG", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "SVG is not supported"],
  ["SVG after a declaration", '<?xml version="1.0"?>\n<!-- x -->\n<svg/>', "SVG is not supported"],
  ["a damaged TIFF", "II*\0aaaaaaaaaaaa", "the TIFF file is damaged"],
  ["BigTIFF", "II+\0aaaaaaaaaaaa", "BigTIFF is not supported"],
  ["a damaged HEIC", "\0\0\0\x18ftypheic\0\0\0\0heicmif1", "the HEIC file is damaged"],
  ["a video", "\0\0\0\x18ftypisom\0\0\0\0isommp42", "a video is not supported"],
  ["PDF", "%PDF-1.7", "PDF is not supported"],
  ["a damaged BMP", "BM\x36\0\0\0", "the BMP file is damaged"],
])("rejects %s", async (_, text, message) => {
  await expect(decodeImage(Buffer.from(text, "latin1"))).rejects.toMatchObject({
    code: "bad-image",
    message: expect.stringContaining(message),
  });
});

it("rejects a PNG that lacks only its end, as browsers do", async () => {
  const whole = await raw(rgb, 3).png().toBuffer();
  await expect(decodeImage(whole.subarray(0, -12))).rejects.toMatchObject({
    code: "bad-image",
    message: "the PNG file is damaged or truncated",
  });
});
