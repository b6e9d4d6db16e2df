/**
 * Crops and resizes exactly like Pillow's `image.crop(box).resize((size, size), BILINEAR)`, so
 * training, serving, the browser and a PyTorch reference see the same pixels.
 *
 * The method is that of libImaging/Resample.c for 8-bit images: a triangle filter, widened by the
 * scale when it shrinks; weights computed in double precision and rounded to 22 fractional bits; a
 * horizontal and a vertical pass with 8-bit values in between.
 */
import { PlumageError } from "../errors.ts";
import type { Box, RgbImage } from "./image.ts";

/** Resample.c's PRECISION_BITS: 32 bits minus 8 for the pixel and 2 of headroom. */
const precisionBits = 32 - 8 - 2;
const one = 1 << precisionBits;
const half = 1 << (precisionBits - 1);

/** For each output pixel, its first input pixel, their number, and their weights at x * taps. */
interface Coefficients {
  readonly taps: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
}

/** A part of an image in whole pixels. */
interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Crops an image to a box and resizes it to a square, without keeping the aspect ratio.
 *
 * @param sizes size of the square in pixels, or several sizes to resize to in order ([256, 224] is
 * the tutorial's double resize)
 * @param box in pixels of the image; rounded half to even as Pillow does, and clipped to the image.
 * Default: the whole image
 * @returns RGB bytes [size, size, 3] for the last size
 * @throws PlumageError "bad-image" if the data is not width * height * 3 bytes, "bad-input" if the
 * box contains no pixel
 */
export function cropAndResize(
  image: RgbImage,
  sizes: number | readonly number[],
  box?: Box,
): Uint8Array<ArrayBuffer> {
  if (image.data.length !== image.width * image.height * 3 || image.data.length === 0)
    throw new PlumageError(
      "bad-image",
      `an image of ${image.width} x ${image.height} pixels has ${image.data.length} bytes`,
    );
  let region = box ? regionOf(image, box) : whole(image);
  let current = image;
  for (const size of typeof sizes === "number" ? [sizes] : sizes) {
    current = { width: size, height: size, data: resize(current, region, size, size) };
    region = whole(current);
  }
  return current.data as Uint8Array<ArrayBuffer>;
}

const whole = ({ width, height }: RgbImage): Region => ({ left: 0, top: 0, width, height });

/** The box in whole pixels as in Image.crop: each edge is rounded by itself, half to even. */
function regionOf(image: RgbImage, box: Box): Region {
  const left = Math.max(0, roundHalfToEven(box.x));
  const top = Math.max(0, roundHalfToEven(box.y));
  const width = Math.min(image.width, roundHalfToEven(box.x + box.width)) - left;
  const height = Math.min(image.height, roundHalfToEven(box.y + box.height)) - top;
  if (width > 0 && height > 0) return { left, top, width, height };
  throw new PlumageError(
    "bad-input",
    `the box ${box.x}, ${box.y}, ${box.width} x ${box.height} contains no pixel of the ` +
      `${image.width} x ${image.height} image`,
    "a box is x, y, width, height in pixels",
  );
}

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Resamples a region in two passes; as in Pillow, a pass that changes nothing is skipped. */
function resize(
  image: RgbImage,
  region: Region,
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> {
  const keepsWidth = region.width === width;
  const keepsHeight = region.height === height;
  if (keepsWidth && keepsHeight) return cropped(image, region);
  if (keepsHeight) return resizeRows(image, region, width);
  if (keepsWidth) return resizeColumns(image, region, height);
  // Pillow 13's rule. Older versions always began with the rows, which differs only by the rounding
  // between the passes.
  const columnsFirst =
    region.height > height && region.height - height > 2 * (region.width - width);
  if (columnsFirst) {
    const low = { width: region.width, height, data: resizeColumns(image, region, height) };
    return resizeRows(low, whole(low), width);
  }
  const narrow = { width, height: region.height, data: resizeRows(image, region, width) };
  return resizeColumns(narrow, whole(narrow), height);
}

function cropped({ width, data }: RgbImage, region: Region): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(region.width * region.height * 3);
  for (let y = 0; y < region.height; y++) {
    const start = ((region.top + y) * width + region.left) * 3;
    out.set(data.subarray(start, start + region.width * 3), y * region.width * 3);
  }
  return out;
}

/** The horizontal pass: each row of the region becomes `width` pixels wide. */
function resizeRows(image: RgbImage, region: Region, width: number): Uint8Array<ArrayBuffer> {
  const { taps, first, count, weights } = coefficients(region.width, width);
  const { data } = image;
  const out = new Uint8Array(region.height * width * 3);
  let to = 0;
  for (let y = 0; y < region.height; y++) {
    const row = ((region.top + y) * image.width + region.left) * 3;
    for (let x = 0; x < width; x++) {
      let red = half;
      let green = half;
      let blue = half;
      let from = row + first[x]! * 3;
      const end = x * taps + count[x]!;
      for (let tap = x * taps; tap < end; tap++) {
        const weight = weights[tap]!;
        red += data[from]! * weight;
        green += data[from + 1]! * weight;
        blue += data[from + 2]! * weight;
        from += 3;
      }
      // Rounding errors of the weights can push a sum past 255.
      out[to] = Math.min(red >> precisionBits, 255);
      out[to + 1] = Math.min(green >> precisionBits, 255);
      out[to + 2] = Math.min(blue >> precisionBits, 255);
      to += 3;
    }
  }
  return out;
}

/** The vertical pass: each column of the region becomes `height` pixels high. */
function resizeColumns(image: RgbImage, region: Region, height: number): Uint8Array<ArrayBuffer> {
  const { taps, first, count, weights } = coefficients(region.height, height);
  const { data } = image;
  const length = region.width * 3;
  const out = new Uint8Array(height * length);
  const sums = new Int32Array(length);
  for (let y = 0; y < height; y++) {
    sums.fill(half);
    for (let tap = 0; tap < count[y]!; tap++) {
      const weight = weights[y * taps + tap]!;
      const from = ((region.top + first[y]! + tap) * image.width + region.left) * 3;
      for (let i = 0; i < length; i++) sums[i]! += data[from + i]! * weight;
    }
    for (let i = 0; i < length; i++) out[y * length + i] = Math.min(sums[i]! >> precisionBits, 255);
  }
  return out;
}

/** A data set of photos can have as many sizes as images; only common sizes pay. */
const cacheSize = 32;
const cache = new Map<string, Coefficients>();

function coefficients(inSize: number, outSize: number): Coefficients {
  const key = `${inSize} ${outSize}`;
  let found = cache.get(key);
  if (!found) {
    found = triangleCoefficients(inSize, outSize);
    if (cache.size >= cacheSize) cache.delete(cache.keys().next().value!);
    cache.set(key, found);
  }
  return found;
}

/** precompute_coeffs and normalize_coeffs_8bpc of Resample.c, for the triangle filter. */
function triangleCoefficients(inSize: number, outSize: number): Coefficients {
  const scale = inSize / outSize;
  const filterScale = Math.max(scale, 1);
  const support = filterScale;
  const taps = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outSize);
  const count = new Int32Array(outSize);
  const weights = new Int32Array(outSize * taps);
  const exact = new Float64Array(taps);
  for (let x = 0; x < outSize; x++) {
    const center = (x + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(inSize, Math.trunc(center + support + 0.5));
    let sum = 0;
    for (let tap = 0; tap < end - start; tap++) {
      const distance = Math.abs((tap + start - center + 0.5) * (1 / filterScale));
      exact[tap] = distance < 1 ? 1 - distance : 0;
      sum += exact[tap]!;
    }
    first[x] = start;
    count[x] = end - start;
    for (let tap = 0; tap < end - start; tap++)
      weights[x * taps + tap] = Math.trunc((exact[tap]! / sum) * one + 0.5);
  }
  return { taps, first, count, weights };
}
