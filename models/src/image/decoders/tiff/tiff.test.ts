import { readdir, readFile } from "node:fs/promises";
import { deflateSync } from "node:zlib";
import sharp, { type Sharp, type TiffOptions } from "sharp";
import { expect, it } from "vitest";
import type { RgbImage } from "../../image.ts";
import { decodeImage } from "../../node/decode.ts";
import { decodeLzw } from "./lzw.ts";

const folder = new URL("../../../../test/fixtures/images/", import.meta.url);
const names = (await readdir(folder)).filter((name) => name.endsWith(".tiff"));

const width = 75;
const height = 43;
/** Smooth and noisy parts, so that every compression has both runs and literals. */
const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
  i % 1000 < 500 ? (i >> 4) & 255 : (i * i * 31) & 255,
);
const rgba = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 7) & 255);
const image = () => sharp(rgb, { raw: { width, height, channels: 3 } });
const clear = () => sharp(rgba, { raw: { width, height, channels: 4 } });

/** libtiff's pixels, upright. */
async function oracle(bytes: Buffer): Promise<RgbImage> {
  const { data, info } = await sharp(bytes)
    .autoOrient()
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  return { width: info.width, height: info.height, data };
}

async function expectOracle(bytes: Buffer, tolerance = 0): Promise<void> {
  const [ours, theirs] = [await decodeImage(bytes), await oracle(bytes)];
  expect([ours.width, ours.height]).toEqual([theirs.width, theirs.height]);
  const differences = ours.data.map((value, i) => Math.abs(value - theirs.data[i]!));
  expect(Math.max(...differences)).toBeLessThanOrEqual(tolerance);
}

/** libvips reads these otherwise, or not at all; they have the pixels of another file. */
const sameAs: Readonly<Record<string, string>> = {
  "tiff-planar-tiles.tiff": "tiff-tiles-lzw.tiff",
  "tiff-five-samples.tiff": "tiff-tiles-lzw.tiff",
};
const fixture = (name: string) => readFile(new URL(name, folder));

it.each(Object.entries(sameAs))("decodes %s like %s", async (name, other) => {
  expect(await decodeImage(await fixture(name))).toEqual(await decodeImage(await fixture(other)));
});

it.each(names.filter((name) => !(name in sameAs)))("decodes %s as libtiff does", async (name) => {
  // Little CMS rounds color profiles differently.
  await expectOracle(await fixture(name), name.includes("p3") ? 1 : 0);
});

const variants: readonly [string, TiffOptions][] = (
  ["none", "lzw", "deflate", "packbits", "jpeg"] as const
).flatMap((compression) =>
  (["none", "horizontal"] as const).flatMap((predictor): [string, TiffOptions][] => [
    [`${compression} in strips, predictor ${predictor}`, { compression, predictor }],
    [
      `${compression} in tiles, predictor ${predictor}`,
      { compression, predictor, tile: true, tileWidth: 32, tileHeight: 16 },
    ],
  ]),
);

it.each(variants)("decodes %s as libtiff does", async (_, options) => {
  await expectOracle(await image().tiff(options).toBuffer());
});

it.each<[string, () => Sharp]>([
  ["gray", () => image().toColourspace("b-w").tiff({ compression: "none" })],
  ["gray JPEG", () => image().toColourspace("b-w").tiff({ quality: 90 })],
  ["16-bit gray", () => image().toColourspace("grey16").tiff({ compression: "lzw" })],
  ["16-bit color", () => image().toColourspace("rgb16").tiff({ compression: "deflate" })],
  ["JPEG 4:4:4", () => image().tiff({ quality: 95 })],
  ["1 bit", () => image().toColourspace("b-w").tiff({ bitdepth: 1, compression: "none" })],
  [
    "2 bits",
    () => image().toColourspace("b-w").tiff({ bitdepth: 2, compression: "lzw", predictor: "none" }),
  ],
  [
    "4 bits",
    () =>
      image().toColourspace("b-w").tiff({ bitdepth: 4, compression: "deflate", predictor: "none" }),
  ],
  ["a pyramid", () => image().tiff({ pyramid: true, tile: true, compression: "lzw" })],
])("decodes %s as libtiff does", async (_, make) => {
  await expectOracle(await make().toBuffer());
});

it.each([1, 2, 3, 4, 5, 6, 7, 8])("applies orientation %s", async (orientation) => {
  await expectOracle(
    await image().withMetadata({ orientation }).tiff({ compression: "lzw" }).toBuffer(),
  );
});

it("composites alpha over white", async () => {
  const { data } = await decodeImage(await clear().tiff({ compression: "lzw" }).toBuffer());
  const expected = Array.from({ length: width * height }, (_, i) => {
    const [red, green, blue, alpha] = rgba.subarray(i * 4) as unknown as number[];
    return [red, green, blue].map((c) => Math.round((c! * alpha!) / 255) + 255 - alpha!);
  });
  expect([...data]).toEqual(expected.flat());
});

it("converts CMYK by (1 - ink)(1 - black)", async () => {
  const bytes = await image().toColourspace("cmyk").tiff({ compression: "deflate" }).toBuffer();
  const { data: inks } = await sharp(bytes, { ignoreIcc: true })
    .pipelineColourspace("cmyk")
    .toColourspace("cmyk")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const expected = Array.from({ length: width * height }, (_, i) =>
    [0, 1, 2].map((c) => Math.floor(((255 - inks[i * 4 + c]!) * (255 - inks[i * 4 + 3]!)) / 255)),
  );
  expect([...(await decodeImage(bytes)).data]).toEqual(expected.flat());
});

it.each(["none", "lzw", "deflate", "packbits", "jpeg"] as const)(
  "rejects a truncated file, compression %s",
  async (compression) => {
    // libvips writes the directory last, so the middle is cut out of the file instead.
    const whole = await image().tiff({ compression }).toBuffer();
    for (const part of [0.1, 0.5, 0.9])
      await expect(decodeImage(whole.subarray(0, whole.length * part))).rejects.toMatchObject({
        code: "bad-image",
        message: "the TIFF file is damaged or truncated",
      });
  },
);

/** A little-endian file with one directory. */
function tiff(entries: readonly (readonly [tag: number, value: number])[], data = ""): Buffer {
  const head = Buffer.alloc(8 + 2 + entries.length * 12 + 4);
  head.write("II*\0", "latin1");
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(entries.length, 8);
  for (const [i, [tag, value]] of entries.entries()) {
    head.writeUInt16LE(tag, 10 + i * 12);
    head.writeUInt16LE(4, 12 + i * 12);
    head.writeUInt32LE(1, 14 + i * 12);
    head.writeUInt32LE(value, 18 + i * 12);
  }
  return Buffer.concat([head, Buffer.from(data, "latin1")]);
}
const gray = (over: readonly (readonly [number, number])[], data = "0123456789abcdef") => {
  const base = new Map([
    [256, 4],
    [257, 4],
    [258, 8],
    [259, 1],
    [262, 1],
    [273, 0],
    [278, 4],
    [279, 16],
    ...over,
  ]);
  base.set(273, 8 + 2 + base.size * 12 + 4);
  return tiff([...base], data);
};

it("decodes a minimal file", async () => {
  const { data } = await decodeImage(gray([]));
  expect(Buffer.from(data.filter((_, i) => i % 3 === 0)).toString()).toBe("0123456789abcdef");
});

it.each([
  ["old-style JPEG compression", gray([[259, 6]])],
  ["fax compression", gray([[259, 4]])],
  ["compression 12345", gray([[259, 12345]])],
  [
    "YCbCr colors without JPEG",
    gray([
      [262, 6],
      [277, 3],
    ]),
  ],
  ["CIE L*a*b* colors", gray([[262, 8]])],
  ["32 bits per sample", gray([[258, 32]])],
  ["samples that are no unsigned integers", gray([[339, 3]])],
  ["predictor 3", gray([[317, 3]])],
  ["the structure of a camera's raw file", gray([[254, 1]])],
  ["9 samples per pixel", gray([[277, 9]])],
])("refuses %s in one line", async (feature, bytes) => {
  await expect(decodeImage(bytes)).rejects.toMatchObject({
    code: "bad-image",
    message: `the TIFF file uses ${feature}, which is not supported`,
  });
});

it.each([
  ["no pixels", gray([[256, 0]])],
  ["tiles without pixels", gray([[322, 0]])],
  ["fewer strips than rows", gray([[278, 1]])],
  ["data outside the file", gray([[279, 1_000_000]])],
  ["too little data", gray([[279, 15]])],
])("rejects %s", async (_, bytes) => {
  await expect(decodeImage(bytes)).rejects.toMatchObject({
    message: "the TIFF file is damaged or truncated",
  });
});

it("checks the limit on pixels before it decodes, tiles included", async () => {
  await expect(decodeImage(gray([[256, 4e9]]))).rejects.toMatchObject({
    message: "the image has 4000000000 x 4 pixels",
  });
  const oneTile: [number, number][] = [322, 323].map((tag) => [tag, 60_000]);
  await expect(decodeImage(gray(oneTile))).rejects.toMatchObject({
    message: "the image has 60000 x 60000 pixels",
  });
});

it("inflates no further than the pixels need", async () => {
  const bomb = deflateSync(Buffer.alloc(50_000_000, "x")).toString("latin1");
  const { data } = await decodeImage(
    gray(
      [
        [259, 8],
        [279, bomb.length],
      ],
      bomb,
    ),
  );
  expect(new Set(data)).toEqual(new Set(["x".charCodeAt(0)]));
});

it("stops LZW at the length that is needed", () => {
  // A clear code, "a", and codes that each repeat the one before and a byte more.
  const codes = [256, 97, ...Array.from({ length: 250 }, (_, i) => 258 + i)];
  const bits = codes.map((code) => code.toString(2).padStart(9, "0")).join("");
  const bytes = Uint8Array.from(bits.match(/.{8}/g)!, (byte) => Number.parseInt(byte, 2));
  expect(decodeLzw(bytes, 1000)).toEqual(new Uint8Array(1000).fill(97));
});
