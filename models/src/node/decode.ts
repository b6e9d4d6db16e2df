/** Decoding with sharp (libvips): upright, sRGB, on white, 8 bits, first frame. The browser does the same with createImageBitmap. */
import sharp from "sharp";
import { PlumageError } from "../errors.ts";
import type { RgbImage } from "../image.ts";

/** Formats that browsers show too; others (SVG, PDF, TIFF ...) are refused here as they are refused there. */
const formats = new Set(["jpeg", "png", "webp", "gif", "heif", "avif"]);

export interface DecodeLimits {
  /** Largest width * height; a small file can unfold to gigabytes. */
  readonly maxPixels?: number;
}

/**
 * Decodes a picture of an untrusted source.
 *
 * CMYK is refused: sharp would convert it by its profile and browsers invert it naively, so that the two would not agree.
 *
 * @throws PlumageError "bad-image" that says why
 */
export async function decodeImage(
  bytes: Uint8Array,
  { maxPixels = 100_000_000 }: DecodeLimits = {},
): Promise<RgbImage> {
  const open = () => sharp(bytes, { limitInputPixels: maxPixels, failOn: "error", pages: 1 });
  const { format, space, width, height } = await open().metadata().catch(refuse);
  if (!format || !formats.has(format)) {
    throw new PlumageError(
      "bad-image",
      `a picture of type ${format ?? "unknown"} cannot be used`,
      "use JPEG, PNG, WebP, AVIF or GIF",
    );
  }
  if (width * height > maxPixels)
    throw new PlumageError("bad-image", `${width} x ${height} pixels are too many`, `the limit is ${maxPixels}`);
  if (space === "cmyk") {
    throw new PlumageError(
      "bad-image",
      "a CMYK picture cannot be used: programs do not agree on its colours",
      "convert it to sRGB",
    );
  }
  const { data, info } = await open()
    .autoOrient()
    .flatten({ background: "#ffffff" })
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true })
    .catch(refuse);
  return { width: info.width, height: info.height, data: info.channels === 3 ? data : spread(data, info.channels) };
}

/** Grey comes out of libvips as one channel. */
function spread(data: Uint8Array, channels: number): Uint8Array {
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = data[i * channels + (channels < 3 ? 0 : c)]!;
  }
  return rgb;
}

function refuse(error: Error): never {
  const reason = /pixel limit/.test(error.message)
    ? "it has too many pixels"
    : /unsupported image format|Input buffer (is empty|contains unsupported)/i.test(error.message)
      ? "it is no picture of a type that can be used"
      : "it is damaged or cut short";
  throw new PlumageError(
    "bad-image",
    `the picture cannot be read: ${reason}`,
    "use a whole JPEG, PNG, WebP, AVIF or GIF file",
    {
      cause: error,
    },
  );
}
