/**
 * Crop and resize, equal bit for bit to Pillow's `image.crop(box).resize((side, side), BILINEAR)`,
 * in integers, so that training, serving, the browser and a PyTorch reference see the same pixels.
 *
 * The method is libImaging/Resample.c's for 8-bit images: a triangle filter widened by the scale
 * when shrinking, coefficients in double precision rounded to 22 bits of fraction, one pass along
 * the rows and one along the columns, and 8 bits between the two.
 */
import { PlumageError } from "../errors.ts";
import type { Box, RgbImage } from "./image.ts";

/** Resample.c's PRECISION_BITS: 32 bits less 8 of the pixel and 2 of headroom. */
const precisionBits = 32 - 8 - 2;
const one = 1 << precisionBits;
const half = 1 << (precisionBits - 1);

/**
 * Weights are positive, and their rounding errors can only just push a sum past 255 when thousands
 * of pixels become one.
 */

/** For each output pixel: the first input pixel, how many, and their weights (`taps` apart). */
interface Coefficients {
  readonly taps: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
}

/** A part of an image, in whole pixels. */
interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Crops an image to a box and resizes it to a square without keeping the aspect.
 *
 * @param side of the square in pixels; several are resized to in order ([256, 224] is the
 * tutorial's double resize)
 * @param box in pixels of the image, rounded as Pillow does (to even) and cut at the image's edge;
 * all of it if left out
 * @returns side * side * 3 bytes of RGB, for the last side
 * @throws PlumageError "bad-image" where the data is not width * height * 3 bytes, "bad-input"
 * where the box holds no pixel
 */
export function cropAndResize(
  image: RgbImage,
  side: number | readonly number[],
  box?: Box,
): Uint8Array<ArrayBuffer> {
  if (image.data.length !== image.width * image.height * 3 || image.data.length === 0)
    throw new PlumageError(
      "bad-image",
      `an image of ${image.width} x ${image.height} pixels has ${image.data.length} bytes`,
    );
  let region = box ? regionOf(image, box) : whole(image);
  let current = image;
  for (const size of typeof side === "number" ? [side] : side) {
    current = { width: size, height: size, data: resize(current, region, size, size) };
    region = whole(current);
  }
  return current.data as Uint8Array<ArrayBuffer>;
}

const whole = ({ width, height }: RgbImage): Region => ({ left: 0, top: 0, width, height });

/** The box in whole pixels, as Image.crop takes it: each edge by itself, rounded half to even. */
function regionOf(image: RgbImage, box: Box): Region {
  const left = Math.max(0, roundHalfToEven(box.x));
  const top = Math.max(0, roundHalfToEven(box.y));
  const width = Math.min(image.width, roundHalfToEven(box.x + box.width)) - left;
  const height = Math.min(image.height, roundHalfToEven(box.y + box.height)) - top;
  if (width > 0 && height > 0) return { left, top, width, height };
  throw new PlumageError(
    "bad-input",
    `the box ${box.x}, ${box.y}, ${box.width} x ${box.height} holds no pixel of the ${image.width} x ${image.height} image`,
    "check the units and the order of the box: x, y, width, height in pixels",
  );
}

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Resamples a region in two passes; a pass that would change nothing is left out, as in Pillow. */
function resize(
  image: RgbImage,
  region: Region,
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> {
  const wide = region.width === width;
  const tall = region.height === height;
  if (wide && tall) return cropped(image, region);
  if (tall) return resizeRows(image, region, width);
  if (wide) return resizeColumns(image, region, height);
  // Pillow 13's rule; before 13 the rows always came first, which gives the same but for the
  // rounding between the passes.
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

/** The horizontal pass: the region's rows, `width` pixels wide. */
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
      out[to] = Math.min(red >> precisionBits, 255);
      out[to + 1] = Math.min(green >> precisionBits, 255);
      out[to + 2] = Math.min(blue >> precisionBits, 255);
      to += 3;
    }
  }
  return out;
}

/** The vertical pass: the region's columns, `height` pixels high. */
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

const cache = new Map<string, Coefficients>();
/**
 * A data set of photographs has about as many sizes as images; only the common ones are worth
 * keeping.
 */
const cacheSize = 32;

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

/** Resample.c's precompute_coeffs and normalize_coeffs_8bpc for the triangle filter. */
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
