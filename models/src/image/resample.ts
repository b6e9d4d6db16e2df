/**
 * Resizes a region of an image exactly like Pillow.
 *
 * The method is that of libImaging/Resample.c for 8-bit images: a filter, widened by the scale when
 * it shrinks; weights computed in double precision and rounded to 22 fractional bits; a horizontal
 * and a vertical pass with 8-bit values in between.
 */
import type { RgbImage } from "./image.ts";
import type { ResizeFilter } from "./resizeStep.ts";

/** Resample.c's PRECISION_BITS: 32 bits minus 8 for the pixel and 2 of headroom. */
const precisionBits = 32 - 8 - 2;
const one = 1 << precisionBits;
const half = 1 << (precisionBits - 1);

/** A part of an image in whole pixels. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const wholeOf = ({ width, height }: Pick<RgbImage, "width" | "height">): Region => ({
  left: 0,
  top: 0,
  width,
  height,
});

/** A pass along one axis: `from` pixels become `to`, of which `count` from `start` are wanted. */
interface Axis {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly count: number;
}

/**
 * Resizes a region, and returns a window of the result; what lies outside is not computed.
 *
 * @param width width of the whole region after resizing
 * @param window in pixels of the result. Default: all of it
 * @returns RGB bytes [window.height, window.width, 3]
 */
export function resample(
  image: RgbImage,
  region: Region,
  width: number,
  height: number,
  filter: ResizeFilter,
  window: Region = wholeOf({ width, height }),
): Uint8Array<ArrayBuffer> {
  const columns = { from: region.width, to: width, start: window.left, count: window.width };
  const rows = { from: region.height, to: height, start: window.top, count: window.height };
  // As in Pillow, a pass that changes nothing is skipped.
  const keepsWidth = region.width === width;
  const keepsHeight = region.height === height;
  const part = {
    left: region.left + (keepsWidth ? window.left : 0),
    top: region.top + (keepsHeight ? window.top : 0),
    width: keepsWidth ? window.width : region.width,
    height: keepsHeight ? window.height : region.height,
  };
  if (keepsWidth && keepsHeight) return cropped(image, part);
  if (keepsHeight) return resampleRows(image, part, columns, filter);
  if (keepsWidth) return resampleColumns(image, part, rows, filter);
  // Pillow 13's rule. Older versions always began with the rows, which differs only by the rounding
  // between the passes.
  const columnsFirst =
    region.height > height && region.height - height > 2 * (region.width - width);
  if (columnsFirst) {
    const data = resampleColumns(image, region, rows, filter);
    const low = { width: region.width, height: window.height, data };
    return resampleRows(low, wholeOf(low), columns, filter);
  }
  const { top, height: kept } = readBy(rows, filter);
  const data = resampleRows(
    image,
    { ...region, top: region.top + top, height: kept },
    columns,
    filter,
  );
  const narrow = { width: window.width, height: kept, data };
  return resampleColumns(narrow, wholeOf(narrow), rows, filter, top);
}

function cropped({ width, data }: RgbImage, region: Region): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(region.width * region.height * 3);
  for (let y = 0; y < region.height; y++) {
    const start = ((region.top + y) * width + region.left) * 3;
    out.set(data.subarray(start, start + region.width * 3), y * region.width * 3);
  }
  return out;
}

/** The input rows that a vertical pass reads. */
function readBy(rows: Axis, filter: ResizeFilter): { top: number; height: number } {
  const { first, count } = coefficients(rows, filter);
  const top = first[0]!;
  return { top, height: first.at(-1)! + count.at(-1)! - top };
}

/** The horizontal pass: the wanted columns of each row of the region. */
function resampleRows(
  image: RgbImage,
  region: Region,
  columns: Axis,
  filter: ResizeFilter,
): Uint8Array<ArrayBuffer> {
  const { taps, first, count, weights } = coefficients(columns, filter);
  const { data } = image;
  const out = new Uint8Array(region.height * columns.count * 3);
  // Clamps: rounded weights can push a sum past 255, and those of the bicubic filter below 0 too.
  const clamped = new Uint8ClampedArray(out.buffer);
  let to = 0;
  for (let y = 0; y < region.height; y++) {
    const row = ((region.top + y) * image.width + region.left) * 3;
    for (let x = 0; x < columns.count; x++) {
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
      clamped[to] = red >> precisionBits;
      clamped[to + 1] = green >> precisionBits;
      clamped[to + 2] = blue >> precisionBits;
      to += 3;
    }
  }
  return out;
}

/** The vertical pass: the wanted rows of the region. @param top rows that the region left out */
function resampleColumns(
  image: RgbImage,
  region: Region,
  rows: Axis,
  filter: ResizeFilter,
  top = 0,
): Uint8Array<ArrayBuffer> {
  const { taps, first, count, weights } = coefficients(rows, filter);
  const { data } = image;
  const length = region.width * 3;
  const out = new Uint8Array(rows.count * length);
  const clamped = new Uint8ClampedArray(out.buffer);
  const sums = new Int32Array(length);
  for (let y = 0; y < rows.count; y++) {
    sums.fill(half);
    for (let tap = 0; tap < count[y]!; tap++) {
      const weight = weights[y * taps + tap]!;
      const row = region.top + first[y]! - top + tap;
      const from = (row * image.width + region.left) * 3;
      for (let i = 0; i < length; i++) sums[i]! += data[from + i]! * weight;
    }
    for (let i = 0; i < length; i++) clamped[y * length + i] = sums[i]! >> precisionBits;
  }
  return out;
}

/** For each output pixel, its first input pixel, their number, and their weights at x * taps. */
interface Coefficients {
  readonly taps: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
}

/** A data set of photos can have as many sizes as images; only common sizes pay. */
const cacheSize = 32;
const cache = new Map<string, Coefficients>();

function coefficients(axis: Axis, filter: ResizeFilter): Coefficients {
  const key = `${axis.from} ${axis.to} ${axis.start} ${axis.count} ${filter}`;
  let found = cache.get(key);
  if (!found) {
    found = computeCoefficients(axis, filters[filter]);
    if (cache.size >= cacheSize) cache.delete(cache.keys().next().value!);
    cache.set(key, found);
  }
  return found;
}

/** A filter's weight at a distance in pixels, and the distance from which on it is 0. */
interface Filter {
  readonly support: number;
  weight(distance: number): number;
}

/** bilinear_filter and bicubic_filter (a = -0.5) of Resample.c. */
const filters: Readonly<Record<ResizeFilter, Filter>> = {
  bilinear: { support: 1, weight: (x) => (x < 1 ? 1 - x : 0) },
  bicubic: {
    support: 2,
    weight: (x) => {
      const a = -0.5;
      if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    },
  },
};

/** precompute_coeffs and normalize_coeffs_8bpc of Resample.c. */
function computeCoefficients({ from, to, start, count: wanted }: Axis, filter: Filter) {
  const scale = from / to;
  const filterScale = Math.max(scale, 1);
  const support = filter.support * filterScale;
  const taps = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(wanted);
  const count = new Int32Array(wanted);
  const weights = new Int32Array(wanted * taps);
  const exact = new Float64Array(taps);
  for (let x = 0; x < wanted; x++) {
    const center = (start + x + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - support + 0.5));
    const high = Math.min(from, Math.trunc(center + support + 0.5));
    let sum = 0;
    for (let tap = 0; tap < high - low; tap++) {
      const distance = Math.abs((tap + low - center + 0.5) * (1 / filterScale));
      exact[tap] = filter.weight(distance);
      sum += exact[tap]!;
    }
    first[x] = low;
    count[x] = high - low;
    for (let tap = 0; tap < high - low; tap++) {
      const weight = exact[tap]! / sum;
      weights[x * taps + tap] = Math.trunc(weight * one + (weight < 0 ? -0.5 : 0.5));
    }
  }
  return { taps, first, count, weights };
}
