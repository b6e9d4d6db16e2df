/** Bytes of a picture file to upright 8-bit sRGB, with sharp (libvips). */
import sharp from "sharp";
import { PlumageError } from "../errors.ts";
import type { RgbImage } from "../image.ts";
import { pictureFormat } from "./pictureFormat.ts";

export interface DecodeLimits {
  /** Pixels of the stored picture; a small file can claim billions. */
  readonly maxPixels?: number;
}

const defaultMaxPixels = 100_000_000;

/**
 * Decodes a picture: EXIF orientation applied, colours converted to sRGB, 16-bit samples cut to 8, transparent parts over
 * white, the first frame of an animation. Chromium's createImageBitmap gives the same pixels for nearly every file.
 *
 * Files that are cut short or damaged are refused; harmless warnings, which many cameras' files give, are not.
 *
 * @throws PlumageError "bad-image" that says what is wrong with the file
 */
export async function decodeImage(
  bytes: Uint8Array,
  { maxPixels = defaultMaxPixels }: DecodeLimits = {},
): Promise<RgbImage> {
  const format = pictureFormat(bytes);
  // The limit is checked here for the sake of the message; libvips' own would be reached only after it.
  const source = sharp(bytes, { failOn: "error", limitInputPixels: false });
  try {
    const { width, height, space } = await source.metadata();
    if (width * height > maxPixels)
      throw new PlumageError(
        "bad-image",
        `the picture has ${width} x ${height} pixels`,
        `at most ${maxPixels} are read`,
      );
    const upright = source.autoOrient();
    const { data, info } = await upright
      .toColourspace(space === "cmyk" ? "cmyk" : "srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    const toRgb = space === "cmyk" ? fromCmyk : info.channels === 4 ? overWhite : bytesOf;
    return { width: info.width, height: info.height, data: toRgb(data) };
  } catch (error) {
    if (error instanceof PlumageError) throw error;
    throw new PlumageError(
      "bad-image",
      `the ${format} file is damaged or cut short`,
      (error as Error).message.split("\n")[0],
      { cause: error },
    );
  }
}

const bytesOf = (data: Uint8Array): Uint8Array => data;

/** Red, green, blue and alpha over white: c a + 255 (1 - a), rounded to nearest as Skia does (vips_flatten cuts). */
function overWhite(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    const alpha = rgba[from + 3]!;
    const white = 255 * (255 - alpha) + 127;
    for (let i = 0; i < 3; i++) rgb[to + i] = (rgba[from + i]! * alpha + white) / 255;
  }
  return rgb;
}

/**
 * Inks (0 is none) to RGB as Chromium does it, without a colour profile: (1 - ink) (1 - black). A profile would give truer
 * colours, but not those that the browser shows the same network.
 */
function fromCmyk(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((cmyk.length / 4) * 3);
  for (let from = 0, to = 0; from < cmyk.length; from += 4, to += 3) {
    const light = 255 - cmyk[from + 3]!;
    for (let i = 0; i < 3; i++) rgb[to + i] = ((255 - cmyk[from + i]!) * light + 127) / 255;
  }
  return rgb;
}
