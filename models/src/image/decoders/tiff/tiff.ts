/**
 * Decodes TIFF files (revision 6.0): the first image, in strips or tiles, without compression or
 * with LZW, Deflate, PackBits or JPEG. docs/decisions/kept-by-hand.md says why no
 * library does.
 */
import type { RgbImage } from "../../image.ts";
import { checkPixels, type ImageSize } from "../../sizeLimits.ts";
import { iccConversion } from "../color/icc.ts";
import { convertPixels } from "../color/toSrgb.ts";
import { orient } from "../orient.ts";
import { overWhite, unpremultiply } from "../overWhite.ts";
import { toRgba } from "./colors.ts";
import { decompressor } from "./decompress.ts";
import { Directory, tags } from "./directory.ts";
import { type DecodeJpeg, decodeJpegBlocks } from "./jpeg.ts";
import { jpegCompression, type Layout, photometric, readBlocks, readLayout } from "./layout.ts";
import { copySamples, rowBytes, undoPredictor } from "./samples.ts";

/**
 * Decodes the first image of a file to upright sRGB on white.
 *
 * @param decodeJpeg decodes the parts of a file with JPEG compression
 * @throws PlumageError "bad-image" for too many pixels or a feature that is not supported
 * @throws Error that says how the file is damaged
 */
export async function decodeTiff(
  bytes: Uint8Array,
  maxPixels: number,
  decodeJpeg: DecodeJpeg,
): Promise<RgbImage> {
  const directory = new Directory(bytes);
  const layout = readLayout(directory);
  const { width, height, blockWidth, blockHeight } = layout;
  if (blockWidth === 0 || blockHeight === 0) throw new Error("its tiles have no pixels");
  checkPixels(layout, maxPixels);
  // Tiles are decoded whole: one may be larger than the image.
  checkPixels(
    {
      width: Math.ceil(width / blockWidth) * blockWidth,
      height: Math.ceil(height / blockHeight) * blockHeight,
    },
    4 * maxPixels,
  );
  const isJpeg = layout.compression === jpegCompression;
  const data = isJpeg
    ? await decodeJpegBlocks(bytes, directory, layout, decodeJpeg)
    : decodeSamples(bytes, directory, layout);
  const conversion = colorConversion(directory, layout);
  if (conversion) convertPixels(data, isJpeg ? 3 : 4, conversion);
  const rgb = isJpeg ? data : overWhite(data, 127);
  return orient({ width, height, data: rgb }, directory.number(tags.orientation, 1));
}

/** The size in the header, before the image is turned upright. @throws as decodeTiff */
export const tiffSize = (bytes: Uint8Array): ImageSize => readLayout(new Directory(bytes));

/** The profile of CMYK is ignored, as in JPEGs. */
function colorConversion(directory: Directory, layout: Layout) {
  const profile = directory.bytes(tags.iccProfile);
  return profile && layout.photometric !== photometric.cmyk ? iccConversion(profile) : undefined;
}

/** @returns RGBA */
function decodeSamples(bytes: Uint8Array, directory: Directory, layout: Layout): Uint8Array {
  const samples = readSamples(bytes, directory, layout);
  const rgba = toRgba(samples, layout, directory.numbers(tags.colorMap));
  if (layout.alpha?.isPremultiplied) unpremultiply(rgba);
  return rgba;
}

/** All samples of the image, in 8 bits. */
function readSamples(bytes: Uint8Array, directory: Directory, layout: Layout): Uint8Array {
  const decompress = decompressor(layout.compression);
  const blocks = readBlocks(directory, layout);
  const samples = new Uint8Array(layout.width * layout.height * layout.samplesPerPixel);
  for (const block of blocks) {
    const length = rowBytes(layout) * block.height;
    const end = block.offset + block.byteCount;
    if (end > bytes.length) throw new Error("it ends before its last row");
    const data = decompress(bytes.subarray(block.offset, end), length);
    if (data.length < length) throw new Error("it ends before its last row");
    if (layout.hasPredictor) {
      // Without compression, the data is the file itself.
      const original = layout.compression === 1 ? data.slice() : data;
      undoPredictor(original, layout);
      copySamples(original, block, layout, samples);
    } else copySamples(data, block, layout, samples);
  }
  return samples;
}
