import { expect, it } from "vitest";
import { decodeImage } from "../../node/decode.ts";

interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly compression?: number;
  readonly headerBytes?: number;
  readonly masks?: readonly number[];
  /** Blue, green, red, 0. */
  readonly palette?: readonly number[];
  readonly data: readonly number[];
}

/** A bitmap with a BITMAPINFOHEADER or a later one. */
function bmp(image: Bitmap): Buffer {
  const { width, height, bits, compression = 0, headerBytes = 40, masks = [] } = image;
  const { palette = [], data } = image;
  const head = Buffer.alloc(Math.max(14 + headerBytes, 54 + masks.length * 4));
  head.write("BM");
  head.writeUInt32LE(head.length + palette.length, 10);
  head.writeUInt32LE(headerBytes, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(bits, 28);
  head.writeUInt32LE(compression, 30);
  head.writeUInt32LE(palette.length / 4, 46);
  for (const [i, mask] of masks.entries()) head.writeUInt32LE(mask, 54 + 4 * i);
  return Buffer.concat([head, Buffer.from(palette), Buffer.from(data)]);
}

const pixels = async (bytes: Buffer) => [...(await decodeImage(bytes)).data];
const red = [255, 0, 0];
const green = [0, 255, 0];
const blue = [0, 0, 255];
const white = [255, 255, 255];
/** White, red, green and blue. */
const palette = [255, 255, 255, 0, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0];

it.each<[string, Bitmap, number[][]]>([
  [
    "24 bits, from the bottom up, with padding",
    { width: 1, height: 2, bits: 24, data: [0, 0, 255, 9, 0, 255, 0, 9] },
    [green, red],
  ],
  [
    "24 bits, from the top down",
    { width: 1, height: -2, bits: 24, data: [0, 0, 255, 9, 0, 255, 0, 9] },
    [red, green],
  ],
  [
    "24 bits without the last row's padding",
    { width: 1, height: 2, bits: 24, data: [0, 0, 255, 9, 0, 255, 0] },
    [green, red],
  ],
  [
    "1 bit",
    { width: 3, height: 1, bits: 1, palette, data: [0b10100000, 0, 0, 0] },
    [red, white, red],
  ],
  [
    "4 bits",
    { width: 3, height: 1, bits: 4, palette, data: [0x12, 0x30, 0, 0] },
    [red, green, blue],
  ],
  ["8 bits", { width: 2, height: 1, bits: 8, palette, data: [3, 1, 0, 0] }, [blue, red]],
  [
    "an index outside the palette as black",
    { width: 1, height: 1, bits: 8, palette, data: [200, 0, 0, 0] },
    [[0, 0, 0]],
  ],
  ["16 bits as 5-5-5", { width: 1, height: 1, bits: 16, data: [0x00, 0x7c, 0, 0] }, [red]],
  [
    "16 bits as 5-6-5",
    {
      width: 1,
      height: 1,
      bits: 16,
      compression: 3,
      masks: [0xf800, 0x7e0, 0x1f],
      data: [0xe0, 7, 0, 0],
    },
    [green],
  ],
  [
    "32 bits, ignoring what is not a color",
    { width: 1, height: 1, bits: 32, data: [255, 0, 0, 7] },
    [blue],
  ],
  [
    "alpha of a version 5 header, over white",
    {
      width: 2,
      height: 1,
      bits: 32,
      compression: 3,
      headerBytes: 124,
      masks: [0xff0000, 0xff00, 0xff, 0xff000000],
      data: [0, 0, 255, 0, 255, 0, 0, 255],
    },
    [white, blue],
  ],
  [
    "alpha that is zero everywhere as opaque",
    {
      width: 1,
      height: 1,
      bits: 32,
      compression: 3,
      headerBytes: 56,
      masks: [0xff0000, 0xff00, 0xff, 0xff000000],
      data: [0, 0, 255, 0],
    },
    [red],
  ],
  [
    "runs, literals and moves of RLE8",
    {
      width: 4,
      height: 2,
      bits: 8,
      compression: 1,
      palette,
      data: [2, 1, 0, 0, 0, 3, 1, 2, 3, 0, 0, 1],
    },
    [red, green, blue, white, red, red, white, white],
  ],
  [
    "a move of RLE8",
    { width: 2, height: 2, bits: 8, compression: 1, palette, data: [0, 2, 1, 1, 1, 3, 0, 1] },
    [white, blue, white, white],
  ],
  [
    "RLE4",
    {
      width: 5,
      height: 1,
      bits: 4,
      compression: 2,
      palette,
      data: [3, 0x12, 0, 2, 0, 0, 1, 3, 0, 1],
    },
    [red, green, red, white, white],
  ],
])("decodes %s", async (_, image, expected) => {
  expect(await pixels(bmp(image))).toEqual(expected.flat());
});

it("decodes OS/2's header", async () => {
  const bytes = Buffer.from(
    [..."BM"].map((letter) => letter.charCodeAt(0)).concat(Array(24).fill(0)),
  );
  bytes.writeUInt32LE(32, 10);
  bytes.writeUInt32LE(12, 14);
  bytes.writeUInt16LE(2, 18);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt16LE(1, 24);
  const colors = Buffer.from([255, 0, 0, 0, 0, 255]);
  expect(await pixels(Buffer.concat([bytes, colors, Buffer.from([0x40, 0, 0, 0])]))).toEqual([
    ...blue,
    ...red,
  ]);
});

const small: Bitmap = { width: 2, height: 2, bits: 24, data: Array(16).fill(0) };

it.each<[string, Buffer]>([
  ["a file that ends in its header", bmp(small).subarray(0, 40)],
  ["a file that ends in its pixels", bmp(small).subarray(0, -5)],
  ["runs that end early", bmp({ ...small, bits: 8, compression: 1, data: [2, 1, 0, 0, 2] })],
  ["bits that do not fit the compression", bmp({ ...small, bits: 8, compression: 3 })],
  ["an impossible depth", bmp({ ...small, bits: 7 })],
  ["no width", bmp({ ...small, width: 0 })],
  ["masks with gaps", bmp({ ...small, bits: 32, compression: 3, masks: [5, 0, 0] })],
])("rejects %s", async (_, bytes) => {
  await expect(decodeImage(bytes)).rejects.toMatchObject({
    code: "bad-image",
    message: "the BMP file is damaged or truncated",
  });
});

it("refuses a JPEG inside in one line", async () => {
  await expect(decodeImage(bmp({ ...small, compression: 4 }))).rejects.toMatchObject({
    message: "the BMP file uses compression 4, which is not supported",
  });
});

it("checks the limit on pixels before it decodes", async () => {
  await expect(decodeImage(bmp({ ...small, width: 60_000, height: 60_000 }))).rejects.toMatchObject(
    {
      message: "the image has 60000 x 60000 pixels",
    },
  );
});
