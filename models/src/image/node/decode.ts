/**
 * Decodes images to the pixels that the page has: with sharp (libvips) where it agrees with
 * Chromium's createImageBitmap, else with the decoders that the page has, too.
 */
import sharp from "sharp";
import { PlumageError } from "../../errors.ts";
import type { PortableDecoders } from "../decoders/index.ts";
import { overWhite } from "../decoders/overWhite.ts";
import type { RgbImage } from "../image.ts";
import { type ImageFormat, imageFormat, isPortable } from "../imageFormat.ts";
import { hasPngEnd } from "../pngEnd.ts";
import { checkPixels, checkSides, type ImageSize, maxImagePixels } from "../sizeLimits.ts";

/** What decodeImage accepts. */
export interface DecodeLimits {
  /** Limit for width * height. Default 100 million. */
  readonly maxPixels?: number;
}

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
  { maxPixels = maxImagePixels }: DecodeLimits = {},
): Promise<RgbImage> {
  const format = imageFormat(bytes);
  if (isPortable(format)) return (await ourDecoders()).decode(format, bytes, maxPixels);
  return explaining(format, async () => {
    const { width, height, space } = await readHeader(bytes, format);
    checkPixels({ width, height }, maxPixels);
    return space === "cmyk" ? await decodeCmyk(bytes) : await decodeRgb(bytes, format);
  });
}

/**
 * The size of an image as its header states it, before the image is turned upright.
 *
 * @throws PlumageError "bad-image" for a header that cannot be read, or a side that no decoder
 *   should be given
 */
export async function imageSize(bytes: Uint8Array): Promise<ImageSize> {
  const format = imageFormat(bytes);
  if (isPortable(format)) return (await ourDecoders()).size(format, bytes);
  const { width, height } = await explaining(format, () => readHeader(bytes, format));
  return { width, height };
}

async function readHeader(bytes: Uint8Array, format: ImageFormat) {
  if (format === "PNG" && !hasPngEnd(bytes)) throw new Error("it has no end");
  // libvips' own limit would be reported without numbers.
  const header = await sharp(bytes, { limitInputPixels: false }).metadata();
  checkSides(header);
  return header;
}

/** Turns the errors of sharp into PlumageErrors. */
async function explaining<Result>(
  format: ImageFormat,
  decode: () => Promise<Result>,
): Promise<Result> {
  try {
    return await decode();
  } catch (error) {
    if (error instanceof PlumageError) throw error;
    const [reason] = (error as Error).message.split("\n");
    throw new PlumageError("bad-image", `the ${format} file is damaged or truncated`, reason, {
      cause: error,
    });
  }
}

/** Few servers ever see these formats, so their decoders are loaded for the first file. */
async function ourDecoders(): Promise<PortableDecoders> {
  const { PortableDecoders } = await import("../decoders/index.ts");
  const { loadLibheif } = await import("./loadLibheif.ts");
  const decodeJpeg = (jpeg: Uint8Array, maxPixels: number) => decodeImage(jpeg, { maxPixels });
  decoders ??= new PortableDecoders({ loadLibheif, decodeJpeg });
  return decoders;
}
let decoders: PortableDecoders | undefined;

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
