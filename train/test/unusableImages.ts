/** Generates one file of every kind that training skips, with the message expected for it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { randomBytes } from "@plumage/models/testing";
import sharp from "sharp";

const image = (width: number, height: number, seed: number) =>
  sharp(randomBytes(width * height * 3, seed), { raw: { width, height, channels: 3 } });

/**
 * A PNG of a few bytes whose header claims 20,000 x 20,000 pixels, with a valid checksum.
 */
async function decompressionBomb(): Promise<Buffer> {
  const png = await image(8, 8, 1).png().toBuffer();
  const header = png.subarray(12, 29);
  header.writeUInt32BE(20_000, 4);
  header.writeUInt32BE(20_000, 8);
  png.writeUInt32BE(crc32(header), 29);
  return png;
}

/** PNG's checksum (ISO 3309), bit by bit. */
function crc32(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const jpeg = () => image(90, 60, 2).jpeg().toBuffer();

const makers = {
  "empty.jpg": { bytes: async () => Buffer.alloc(0), problem: "the image is empty" },
  "text.png": {
    bytes: async () => Buffer.from("plain text\n"),
    problem: "this is not an image",
  },
  "truncated.jpg": {
    bytes: async () => (await jpeg()).subarray(0, 1500),
    problem: "the JPEG file is damaged or truncated",
  },
  "truncated.png": {
    bytes: async () => (await image(90, 60, 3).png().toBuffer()).subarray(0, 6000),
    problem: "the PNG file is damaged or truncated",
  },
  "animated.gif": {
    bytes: () =>
      sharp(randomBytes(24 * 48 * 3, 4), {
        raw: { width: 24, height: 48, channels: 3, pageHeight: 24 },
      })
        .gif()
        .toBuffer(),
    problem: "it is animated, 2 frames",
  },
  "animated.webp": {
    bytes: () =>
      sharp(randomBytes(24 * 72 * 3, 5), {
        raw: { width: 24, height: 72, channels: 3, pageHeight: 24 },
      })
        .webp()
        .toBuffer(),
    problem: "it is animated, 3 frames",
  },
  "cmyk.jpg": {
    bytes: () => image(40, 30, 6).toColourspace("cmyk").jpeg().toBuffer(),
    problem: "its color space is CMYK",
  },
  "sixteen.png": {
    bytes: () => image(40, 30, 7).toColourspace("rgb16").png().toBuffer(),
    problem: "it has more than 8 bits per channel",
  },
  "huge.png": { bytes: decompressionBomb, problem: "the image has 20000 x 20000 pixels" },
  "scan.tiff": {
    bytes: () =>
      image(40, 30, 8)
        .toColourspace("b-w")
        .tiff({ compression: "ccittfax4", bitdepth: 1 })
        .toBuffer(),
    problem: "the TIFF file uses fax compression, which is not supported",
  },
  "drawing.svg": {
    bytes: async () =>
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    problem: "SVG is not supported",
  },
} satisfies Record<string, { bytes: () => Promise<Buffer>; problem: string }>;

/** The expected problem of each file, by name; a prefix of the message. */
export const unusableImages: Record<string, string> = Object.fromEntries(
  Object.entries(makers).map(([name, { problem }]) => [name, problem]),
);

/** Writes all of these files into a folder. */
export async function writeUnusableImages(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [name, { bytes: make }] of Object.entries(makers))
    writeFileSync(join(folder, name), await make());
}

/** Writes a valid JPEG whose width depends on the seed. */
export async function writeImage(path: string, seed: number): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await image(40 + (seed % 9), 50, seed)
    .jpeg()
    .toFile(path);
}
