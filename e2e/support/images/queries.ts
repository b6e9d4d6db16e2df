/**
 * The image zoo: queries that the server and the page must answer alike, one for each way in which
 * decoders and resizers are known to differ. All are drawn here and encoded by sharp, except HEIC,
 * for which there is no encoder in Node: those are fixtures of models.
 */
import { readFile } from "node:fs/promises";
import { cosineLimits } from "@plumage/models";
import sharp, { type Sharp } from "sharp";
import { cutOut, onWhite, scene } from "./scenes.ts";

/** How far a browser's pixels may differ from sharp's where two decoders cannot agree exactly. */
export interface PixelBound {
  /** From 0 to 255. */
  readonly largest: number;
  /** Mean over all values, from 0 to 255. */
  readonly mean: number;
  readonly reason: string;
}

/** Equal bit for bit, or within a bound. */
export type PixelAgreement = "equal" | PixelBound;

/** Least cosine of the two embeddings: numerics alone differ, or the decoders' pixels too. */
export const leastCosine = (pixels: PixelAgreement): number =>
  cosineLimits[pixels === "equal" ? "samePixels" : "closePixels"].cosine;

export interface Query {
  readonly name: string;
  readonly type: string;
  readonly pixels: PixelAgreement;
  readonly make: () => Promise<Buffer>;
}

const profile: PixelBound = {
  largest: 1,
  mean: 0.2,
  reason: "lcms and skcms round color profiles differently",
};
const colorMatrix: PixelBound = {
  largest: 1,
  mean: 0.4,
  reason: "libheif and Chromium round AVIF's color matrix differently",
};
const chroma: PixelBound = {
  largest: 80,
  mean: 3,
  reason: "libheif repeats AVIF's subsampled chroma, Chromium interpolates it",
};

type Format = "jpeg" | "png" | "webp" | "gif" | "avif" | "tiff";

/** A query; its name starts with its format. */
function query(
  name: `${Format}-${string}`,
  make: () => Promise<Sharp> | Sharp,
  pixels: PixelAgreement = "equal",
): Query {
  const type = `image/${name.split("-")[0]}`;
  return { name, type, pixels, make: async () => (await make()).toBuffer() };
}

const fixtures = new URL("../../../models/test/fixtures/images/", import.meta.url);

/** HEIC files; models/test/fixtures/images/heif.py makes them. */
const heic = [
  "heic-420",
  "heic-444",
  "heic-gray",
  "heic-alpha",
  "heic-10-bit",
  "heic-display-p3",
  "heic-exif-5",
  "heic-exif-6",
  "heic-grid",
  "heic-second-primary",
].map(
  (name): Query => ({
    name,
    type: "image/heic",
    pixels: "equal",
    make: () => readFile(new URL(`${name}.heic`, fixtures)),
  }),
);

/** A bitmap of 24 bits, from the bottom up. */
async function bitmap(image: Sharp): Promise<Buffer> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const stride = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + stride * height);
  file.write("BM");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < width * 3; i++) {
      const at = 54 + (height - 1 - y) * stride + Math.floor(i / 3) * 3 + 2 - (i % 3);
      file[at] = data[y * width * 3 + i]!;
    }
  }
  return file;
}

/** The eight EXIF orientations, in an image that is not square. */
const orientations = [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) =>
  query(`jpeg-exif-${orientation}`, () =>
    scene("owl", 420, 260).withMetadata({ orientation }).jpeg(),
  ),
);

/** Images as the frames of an animation, of which only the first counts. */
async function animation(
  frames: readonly Sharp[],
  channels: 3 | 4,
  width: number,
  height: number,
): Promise<Sharp> {
  const raw = await Promise.all(frames.map((frame) => frame.raw().toBuffer()));
  return sharp(Buffer.concat(raw), {
    raw: { width, height: height * frames.length, channels, pageHeight: height },
  });
}
const opaqueFrames = () =>
  animation([onWhite("rainbow", 200, 120), onWhite("teapot", 200, 120)], 3, 200, 120);
const clearFrames = () => animation([cutOut("rainbow", 120), cutOut("teapot", 120)], 4, 120, 120);

const pixel = () => sharp({ create: { width: 1, height: 1, channels: 3, background: "#c08040" } });

export const queries: readonly Query[] = [
  query("jpeg-landscape", () => scene("red-apple", 640, 360).jpeg()),
  query("jpeg-portrait", () => scene("cactus", 300, 900).jpeg()),
  query("jpeg-420-odd", () =>
    scene("owl", 421, 263).jpeg({ quality: 30, chromaSubsampling: "4:2:0" }),
  ),
  query("jpeg-444", () =>
    onWhite("fire-engine", 333, 217).jpeg({ chromaSubsampling: "4:4:4", quality: 92 }),
  ),
  query("jpeg-progressive", () => scene("violin", 501, 335).jpeg({ progressive: true })),
  query("jpeg-progressive-444", () =>
    scene("owl", 301, 205).jpeg({ progressive: true, chromaSubsampling: "4:4:4" }),
  ),
  ...orientations,
  query("jpeg-gray", () => scene("teapot", 320, 200).toColourspace("b-w").jpeg()),
  query("jpeg-cmyk", () => scene("cactus", 280, 190).toColourspace("cmyk").jpeg()),
  query("jpeg-cmyk-profile", () =>
    scene("octopus", 280, 190).toColourspace("cmyk").withIccProfile("cmyk").jpeg(),
  ),
  query("jpeg-srgb-profile", () => scene("rainbow", 300, 200).withIccProfile("srgb").jpeg()),
  query("jpeg-display-p3", () => scene("rainbow", 400, 300).withIccProfile("p3").jpeg(), profile),
  query("jpeg-4000px", () => scene("octopus", 4000, 2250).jpeg()),
  query("jpeg-1x1", () => pixel().jpeg()),
  query("jpeg-1200x3", () => scene("violin", 1200, 3).jpeg()),
  query("png-rgb", () => scene("cactus", 222, 333).png()),
  query("png-8x8", () => onWhite("red-apple", 8, 8).png()),
  query("png-1x1", () => pixel().png()),
  query("png-1200x40", () => scene("violin", 1200, 40).png()),
  query("png-2x900", () => scene("violin", 2, 900).png()),
  query("png-alpha", () => cutOut("octopus", 192).png()),
  query("png-gray", () => scene("owl", 190, 240).toColourspace("b-w").png()),
  query("png-gray-alpha", () => cutOut("teapot", 190).toColourspace("b-w").png()),
  query("png-palette", () => scene("fire-engine", 240, 180).png({ palette: true, colors: 64 })),
  query("png-palette-alpha", () => cutOut("fire-engine", 180).png({ palette: true, colors: 32 })),
  query("png-16-bit", () => onWhite("owl", 210, 150).toColourspace("rgb16").png()),
  query("png-16-bit-alpha", () => cutOut("owl", 150).toColourspace("rgb16").png()),
  query("png-interlaced", () => scene("teapot", 231, 157).png({ progressive: true })),
  query("png-exif-6", () => scene("fire-engine", 231, 157).withMetadata({ orientation: 6 }).png()),
  query("png-display-p3", () => scene("rainbow", 231, 157).withIccProfile("p3").png(), profile),
  query("webp-lossy", () => scene("cactus", 400, 260).webp()),
  query("webp-lossless", () => onWhite("teapot", 260, 300).webp({ lossless: true })),
  query("webp-alpha", () => cutOut("violin", 180).webp()),
  query("webp-lossless-alpha", () => cutOut("cactus", 180).webp({ lossless: true })),
  query("webp-exif-6", () => scene("owl", 260, 180).withMetadata({ orientation: 6 }).webp()),
  query("webp-display-p3", () => scene("rainbow", 240, 180).withIccProfile("p3").webp(), profile),
  query("webp-animated", async () => (await opaqueFrames()).webp({ delay: [100, 100] })),
  query("gif-still", () => scene("owl", 220, 160).gif()),
  query("gif-transparent", () => cutOut("octopus", 150).gif()),
  query("gif-animated", async () => (await opaqueFrames()).gif({ delay: [100, 100] })),
  query("gif-animated-transparent", async () => (await clearFrames()).gif({ delay: [100, 100] })),
  query("avif-444", () => scene("red-apple", 320, 240).avif(), colorMatrix),
  query(
    "avif-420",
    () => scene("fire-engine", 320, 240).avif({ chromaSubsampling: "4:2:0" }),
    chroma,
  ),
  query("avif-lossless", () => scene("owl", 200, 140).avif({ lossless: true })),
  query("avif-gray", () => scene("violin", 200, 140).toColourspace("b-w").avif()),
  query(
    "avif-exif-6",
    () => scene("teapot", 320, 240).withMetadata({ orientation: 6 }).avif(),
    colorMatrix,
  ),
  ...heic,
  query("tiff-jpeg", () => scene("owl", 260, 180).tiff()),
  query("tiff-lzw", () => scene("cactus", 261, 183).tiff({ compression: "lzw" })),
  query("tiff-tiles", () =>
    scene("violin", 261, 183).tiff({ compression: "deflate", tile: true, tileWidth: 64 }),
  ),
  query("tiff-16-bit", () =>
    onWhite("owl", 210, 150).toColourspace("rgb16").tiff({ compression: "lzw" }),
  ),
  query("tiff-cmyk", () =>
    scene("cactus", 280, 190).toColourspace("cmyk").tiff({ compression: "packbits" }),
  ),
  query("tiff-exif-6", () =>
    scene("teapot", 240, 160).withMetadata({ orientation: 6 }).tiff({ compression: "lzw" }),
  ),
  query("tiff-display-p3", () =>
    scene("rainbow", 240, 180).withIccProfile("p3").tiff({ compression: "lzw" }),
  ),
  {
    name: "bmp-24-bit",
    type: "image/bmp",
    pixels: "equal",
    make: () => bitmap(scene("fire-engine", 241, 170)),
  },
  query("avif-alpha", () => cutOut("octopus", 150).avif(), {
    largest: 24,
    mean: 0.5,
    reason: "libheif and Chromium round colors under a transparent edge in a different order",
  }),
];
