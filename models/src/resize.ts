/**
 * Crop and resize, equal bit for bit to Pillow's `image.crop(box).resize((side, side), BILINEAR)`: training, serving, the
 * browser and a PyTorch reference all see the same pixels. The arithmetic follows Pillow's src/libImaging/Resample.c:
 * a triangle filter widened for shrinking (antialiasing), coefficients in fixed point, rows first, then columns.
 */
import { PlumageError } from "./errors.ts";
import type { Box, RgbImage } from "./image.ts";

/** Pillow's PRECISION_BITS: 32 bits less 8 for the pixel and 2 for headroom. */
const precision = 22;
const half = 1 << (precision - 1);

interface Taps {
  /** First input pixel of each output pixel. */
  readonly first: Int32Array;
  /** Number of input pixels of each output pixel. */
  readonly count: Int32Array;
  /** Fixed-point weights, `width` of them for each output pixel. */
  readonly weights: Int32Array;
  readonly width: number;
}

/** Pillow's precompute_coeffs and normalize_coeffs_8bpc for the bilinear filter. */
function computeTaps(from: number, to: number): Taps {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = stretch;
  const width = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * width);
  const exact = new Float64Array(width);
  for (let out = 0; out < to; out++) {
    const centre = (out + 0.5) * scale;
    const start = Math.max(Math.trunc(centre - support + 0.5), 0);
    const length = Math.min(Math.trunc(centre + support + 0.5), from) - start;
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const distance = Math.abs((i + start - centre + 0.5) * (1 / stretch));
      exact[i] = distance < 1 ? 1 - distance : 0;
      sum += exact[i]!;
    }
    for (let i = 0; i < length; i++) {
      const weight = sum !== 0 ? exact[i]! / sum : exact[i]!;
      weights[out * width + i] = Math.trunc(0.5 + weight * (1 << precision));
    }
    first[out] = start;
    count[out] = length;
  }
  return { first, count, weights, width };
}

const known = new Map<string, Taps>();

/** Most pictures of a data set share their sizes; the table is kept small all the same. */
function taps(from: number, to: number): Taps {
  const key = `${from}:${to}`;
  const found = known.get(key);
  if (found) return found;
  if (known.size >= 256) known.clear();
  const made = computeTaps(from, to);
  known.set(key, made);
  return made;
}

/** Resizes along rows or columns alike: `lines` independent lines, pixels `step` bytes apart, lines `stride` bytes apart. */
function resample(
  source: Uint8Array,
  target: Uint8Array,
  { first, count, weights, width }: Taps,
  lines: number,
  from: { step: number; stride: number },
  to: { step: number; stride: number },
): void {
  for (let out = 0; out < first.length; out++) {
    const start = first[out]! * from.step;
    const length = count[out]!;
    const base = out * width;
    for (let line = 0; line < lines; line++) {
      let at = start + line * from.stride;
      let [red, green, blue] = [half, half, half];
      for (let i = 0; i < length; i++) {
        const weight = weights[base + i]!;
        red += source[at]! * weight;
        green += source[at + 1]! * weight;
        blue += source[at + 2]! * weight;
        at += from.step;
      }
      // Weights are positive and sum to one within rounding, so that only the upper bound can be passed.
      const o = out * to.step + line * to.stride;
      target[o] = Math.min(red >> precision, 255);
      target[o + 1] = Math.min(green >> precision, 255);
      target[o + 2] = Math.min(blue >> precision, 255);
    }
  }
}

/** Bilinear, antialiased, not keeping the aspect. */
export function resize(image: RgbImage, width: number, height: number): RgbImage {
  let { data, width: fromWidth } = image;
  if (fromWidth !== width) {
    const rows = new Uint8Array(width * image.height * 3);
    const wide = { step: 3, stride: fromWidth * 3 };
    resample(data, rows, taps(fromWidth, width), image.height, wide, { step: 3, stride: width * 3 });
    data = rows;
    fromWidth = width;
  }
  if (image.height !== height) {
    const columns = new Uint8Array(width * height * 3);
    const tall = { step: width * 3, stride: 3 };
    resample(data, columns, taps(image.height, height), width, tall, tall);
    data = columns;
  }
  return { width, height, data };
}

/** Python's round(): halves go to the even neighbour. */
const roundHalfEven = (value: number): number => {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
};

/**
 * Cuts a box out, its edges rounded as Pillow's crop rounds them, and clamped to the picture.
 *
 * @throws PlumageError "bad-input" if nothing is left
 */
export function crop(image: RgbImage, box: Box): RgbImage {
  const left = Math.max(roundHalfEven(box.x), 0);
  const top = Math.max(roundHalfEven(box.y), 0);
  const right = Math.min(roundHalfEven(box.x + box.width), image.width);
  const bottom = Math.min(roundHalfEven(box.y + box.height), image.height);
  if (right <= left || bottom <= top) {
    const wanted = `${box.width} x ${box.height} at ${box.x}, ${box.y}`;
    throw new PlumageError("bad-input", `the box ${wanted} lies outside the ${image.width} x ${image.height} picture`);
  }
  const [width, height] = [right - left, bottom - top];
  if (width === image.width && height === image.height) return image;
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const start = ((top + row) * image.width + left) * 3;
    data.set(image.data.subarray(start, start + width * 3), row * width * 3);
  }
  return { width, height, data };
}

/**
 * The model's view of a picture.
 *
 * @param sides the side of the square in pixels, or several to resize step by step ([256, 224] is the tutorial's way)
 * @returns RGB bytes, side * side * 3 for the last side
 */
export function cropAndResize(image: RgbImage, sides: number | readonly number[], box?: Box): Uint8Array {
  let result = box ? crop(image, box) : image;
  for (const side of typeof sides === "number" ? [sides] : sides) result = resize(result, side, side);
  return result.data === image.data ? result.data.slice() : result.data;
}
