/**
 * Bytes of an image file to upright 8-bit sRGB, with sharp (libvips); Chromium's createImageBitmap
 * is what it agrees with.
 */
import sharp from "sharp";
import { PlumageError } from "../../errors.ts";
import type { RgbImage } from "../image.ts";
import { type ImageFormat, imageFormat } from "../imageFormat.ts";

export interface DecodeLimits {
  /** Pixels of the stored image; a small file can claim billions. */
  readonly maxPixels?: number;
}

const defaultMaxPixels = 100_000_000;

/**
 * Decodes an image: EXIF orientation applied (but for WebP, which Chromium shows as it is stored),
 * colors converted to sRGB, 16-bit samples cut to 8, transparent parts over white, the first frame
 * of an animation. Files that are cut short or damaged are refused, as browsers refuse them;
 * harmless warnings, which many cameras' files give, are not.
 *
 * @throws PlumageError "bad-image" that says what is wrong with the file
 */
export async function decodeImage(
  bytes: Uint8Array,
  { maxPixels = defaultMaxPixels }: DecodeLimits = {},
): Promise<RgbImage> {
  const format = imageFormat(bytes);
  try {
    // maxPixels is held below, with numbers in the message; libvips has a limit of its own that
    // says less.
    const { width, height, space } = await sharp(bytes, { limitInputPixels: false }).metadata();
    if (width * height > maxPixels)
      throw new PlumageError(
        "bad-image",
        `the image has ${width} x ${height} pixels`,
        `at most ${maxPixels} are read`,
      );
    return space === "cmyk" ? await decodeCmyk(bytes) : await decodeRgb(bytes, format);
  } catch (error) {
    if (error instanceof PlumageError) throw error;
    const [reason] = (error as Error).message.split("\n");
    throw new PlumageError("bad-image", `the ${format} file is damaged or cut short`, reason, {
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
  // libwebp cuts where it multiplies by alpha, Skia (for the other formats) rounds, and the browser
  // shows the difference.
  const bias = format === "WebP" ? 0 : 127;
  return {
    width: info.width,
    height: info.height,
    data: info.channels === 4 ? overWhite(data, bias) : data,
  };
}

/** Red, green, blue and alpha over white: c a / 255 + 255 - a. */
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
 * Inks to RGB as Chromium does it without a color profile: (1 - ink)(1 - black). A profile would
 * give truer colors, but each color engine others: the page leaves it out too (inkProfile.ts), so
 * that the network sees the same pixels on both paths.
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
