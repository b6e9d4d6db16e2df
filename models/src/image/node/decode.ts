/** Decodes images with sharp (libvips) to the pixels that Chromium's createImageBitmap yields. */
import sharp from "sharp";
import { PlumageError } from "../../errors.ts";
import type { RgbImage } from "../image.ts";
import { type ImageFormat, imageFormat } from "../imageFormat.ts";
import { hasPngEnd } from "../pngEnd.ts";

/** What decodeImage accepts. */
export interface DecodeLimits {
  /** Limit for width * height; a small file can claim billions. Default 100 million. */
  readonly maxPixels?: number;
}

const defaultMaxPixels = 100_000_000;

/**
 * Decodes an image to upright 8-bit sRGB: applies the EXIF orientation (except for WebP, which
 * Chromium shows as stored), converts colors to sRGB, truncates 16-bit samples, composites
 * transparency over white, and takes the first frame of an animation. Like browsers, it rejects
 * truncated and damaged files, but not those that only cause warnings, as many cameras' files do.
 *
 * @throws PlumageError "bad-image" that says what is wrong with the file
 */
export async function decodeImage(
  bytes: Uint8Array,
  { maxPixels = defaultMaxPixels }: DecodeLimits = {},
): Promise<RgbImage> {
  const format = imageFormat(bytes);
  try {
    if (format === "PNG" && !hasPngEnd(bytes)) throw new Error("it has no end");
    // libvips' own limit would be reported without numbers.
    const { width, height, space } = await sharp(bytes, { limitInputPixels: false }).metadata();
    if (width * height > maxPixels)
      throw new PlumageError(
        "bad-image",
        `the image has ${width} x ${height} pixels`,
        `the limit is ${maxPixels} pixels`,
      );
    return space === "cmyk" ? await decodeCmyk(bytes) : await decodeRgb(bytes, format);
  } catch (error) {
    if (error instanceof PlumageError) throw error;
    const [reason] = (error as Error).message.split("\n");
    throw new PlumageError("bad-image", `the ${format} file is damaged or truncated`, reason, {
      cause: error,
    });
  }
}

const strict = { failOn: "error", limitInputPixels: false } as const;

async function decodeRgb(bytes: Uint8Array, format: ImageFormat): Promise<RgbImage> {
  const image = sharp(bytes, strict);
  const upright = format === "WebP" ? image : image.autoOrient();
  const { data, info } = await upright
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  // When they multiply by alpha, libwebp truncates and Skia (all other formats) rounds.
  const bias = format === "WebP" ? 0 : 127;
  return {
    width: info.width,
    height: info.height,
    data: info.channels === 4 ? overWhite(data, bias) : data,
  };
}

/** Composites RGBA over white: c a / 255 + 255 - a. */
function overWhite(rgba: Uint8Array, bias: number): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    const alpha = rgba[from + 3]!;
    for (let i = 0; i < 3; i++)
      rgb[to + i] = Math.trunc((rgba[from + i]! * alpha + bias) / 255) + 255 - alpha;
  }
  return rgb;
}

/**
 * Converts CMYK to RGB as Chromium does without a color profile: (1 - ink)(1 - black). A profile
 * would yield truer colors, but different ones in each color engine. The page strips it as well
 * (stripCmykProfile), so the network sees the same pixels on both paths.
 */
async function decodeCmyk(bytes: Uint8Array): Promise<RgbImage> {
  const { data, info } = await sharp(bytes, { ...strict, ignoreIcc: true })
    .pipelineColourspace("cmyk")
    .autoOrient()
    .toColourspace("cmyk")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const rgb = new Uint8Array(info.width * info.height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    const light = 255 - data[from + 3]!;
    for (let i = 0; i < 3; i++) rgb[to + i] = ((255 - data[from + i]!) * light) / 255;
  }
  return { width: info.width, height: info.height, data: rgb };
}
