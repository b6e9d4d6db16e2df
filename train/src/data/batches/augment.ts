/**
 * Seeded augmentations: a seed determines the pixels, whatever the number of workers. Geometry is
 * one affine map with bilinear sampling, color one linear map, both applied in a single pass.
 */
import { uniform } from "@plumage/models";

export interface Augmentation {
  /** Size of the stored base image, as a multiple of the network's input: room to crop and zoom. */
  readonly baseScale: number;
  /** Crops the input size at whole pixels, without interpolation (torchvision's RandomCrop). */
  readonly wholePixels: boolean;
  /** Crop area as a share of the image, log-uniform; above 1 zooms out and repeats the edge. */
  readonly area: readonly [number, number];
  /** Largest width-to-height ratio of the crop; the smallest is its inverse. */
  readonly aspect: number;
  /** Largest rotation in degrees, in either direction. */
  readonly rotation: number;
  /** Largest shift beyond the crop's own room, as a share of the image size. */
  readonly shift: number;
  readonly flip: boolean;
  /**
   * Largest change of brightness, contrast and saturation; 0.4 is torchvision's ColorJitter(0.4).
   */
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  /** Largest independent shift of each color channel, as a share of 255. */
  readonly tint: number;
  /** Share of images turned gray. */
  readonly gray: number;
  /** Share of images with a random rectangle erased (Zhong et al. 2017, Random Erasing). */
  readonly erase: number;
}

const none: Augmentation = {
  baseScale: 1.25,
  wholePixels: false,
  area: [1, 1],
  aspect: 1,
  rotation: 0,
  shift: 0,
  flip: false,
  brightness: 0,
  contrast: 0,
  saturation: 0,
  tint: 0,
  gray: 0,
  erase: 0,
};
const randomCrop: Augmentation = { ...none, baseScale: 256 / 224, wholePixels: true, flip: true };

/** Augmentations by the name that a recipe and --augmentation use. */
export const augmentations = {
  /** The tutorial's, pixel by pixel: Resize(256), RandomCrop(224), RandomHorizontalFlip(). */
  tutorial: randomCrop,
  /** The tutorial's with torchvision's ColorJitter(0.4, 0.4, 0.4), approximated by a linear map. */
  jitter: { ...randomCrop, brightness: 0.2, contrast: 0.4, saturation: 0.4 },
  /** Like torchvision's RandomResizedCrop with a quarter of the area or more, plus a flip. */
  "resized-crop": { ...none, area: [0.25, 1], aspect: 4 / 3, flip: true },
  /** The tutorial's crop and flip at subpixel positions, so that small images vary more. */
  light: { ...none, area: [(224 / 256) ** 2, (224 / 256) ** 2], flip: true },
  /** For training from scratch on drawings of the same thing by different artists. */
  strong: {
    baseScale: 1.25,
    wholePixels: false,
    area: [0.75, 1.3],
    aspect: 1.15,
    rotation: 10,
    shift: 0.05,
    flip: true,
    brightness: 0.2,
    contrast: 0.25,
    saturation: 0.4,
    tint: 0.08,
    gray: 0.05,
    erase: 0.1,
  },
} as const satisfies Record<string, Augmentation>;
export type AugmentationName = keyof typeof augmentations;
export const augmentationNames = Object.keys(augmentations) as [
  AugmentationName,
  ...AugmentationName[],
];

/** Size at which images are stored before they are augmented to `size`. */
export const baseSize = (size: number, { baseScale }: Augmentation): number =>
  Math.round(size * baseScale);

/**
 * The resize steps for evaluation, if it takes more than one. A network trained on whole-pixel
 * crops of a larger base is evaluated through that size, as in the tutorial: Resize(256),
 * Resize(224).
 */
export const evaluationResize = (
  size: number,
  augmentation: Augmentation,
): { resize?: number[] } =>
  augmentation.wholePixels ? { resize: [baseSize(size, augmentation), size] } : {};

/**
 * Writes one augmented image.
 *
 * @param base RGB bytes of a square image, baseSize * baseSize * 3
 * @param from size of the base, `baseSize(size, options)`
 * @param target size * size * 3 bytes
 */
export function augment(
  base: Uint8Array,
  from: number,
  target: Uint8Array,
  size: number,
  options: Augmentation,
  seed: number,
): void {
  const next = uniform(seed);
  // A seed determines the image only if these draw in this order.
  const geometry = drawGeometry(next, from, size, options);
  const color = drawColor(next, options);
  const erased = next() < options.erase ? drawRectangle(next, size) : undefined;
  render(base, from, target, size, geometry, color);
  if (erased) fill(target, size, erased);
}

interface Geometry {
  /** The crop's center in the base, in pixels. */
  readonly centerX: number;
  readonly centerY: number;
  /** Pixels of the base per pixel of the output. */
  readonly stepX: number;
  readonly stepY: number;
  readonly cos: number;
  readonly sin: number;
}

function drawGeometry(
  next: () => number,
  from: number,
  size: number,
  options: Augmentation,
): Geometry {
  const between = (low: number, high: number) => low + (high - low) * next();
  const symmetric = (largest: number) => between(-largest, largest);
  const area = Math.exp(between(Math.log(options.area[0]), Math.log(options.area[1])));
  const aspect = Math.exp(symmetric(Math.log(options.aspect)));
  const [cropWidth, cropHeight] = [Math.sqrt(area * aspect), Math.sqrt(area / aspect)];
  const angle = (symmetric(options.rotation) * Math.PI) / 180;
  const mirror = options.flip && next() < 0.5 ? -1 : 1;
  const rotation = { cos: Math.cos(angle), sin: Math.sin(angle) };
  if (options.wholePixels) {
    const offset = () => Math.floor(next() * (from - size + 1)) + (size - 1) / 2;
    return { centerX: offset(), centerY: offset(), stepX: mirror, stepY: 1, ...rotation };
  }
  const room = (crop: number) => Math.max(0, (1 - crop) / 2) + options.shift;
  return {
    centerX: (0.5 + symmetric(room(cropWidth))) * from - 0.5,
    centerY: (0.5 + symmetric(room(cropHeight))) * from - 0.5,
    stepX: ((cropWidth * from) / size) * mirror,
    stepY: (cropHeight * from) / size,
    ...rotation,
  };
}

interface Color {
  readonly saturation: number;
  readonly contrast: number;
  /** Added to each channel. */
  readonly offsets: readonly [number, number, number];
}

function drawColor(next: () => number, options: Augmentation): Color {
  const symmetric = (largest: number) => -largest + 2 * largest * next();
  const saturation = next() < options.gray ? 0 : 1 + symmetric(options.saturation);
  const contrast = 1 + symmetric(options.contrast);
  const light = symmetric(options.brightness) * 255;
  const offset = () => light + symmetric(options.tint) * 255;
  return { saturation, contrast, offsets: [offset(), offset(), offset()] };
}

/** Samples every output pixel bilinearly and adjusts its color. */
function render(
  base: Uint8Array,
  from: number,
  target: Uint8Array,
  size: number,
  { centerX, centerY, stepX, stepY, cos, sin }: Geometry,
  { saturation, contrast, offsets }: Color,
): void {
  const middle = (size - 1) / 2;
  const last = from - 1;
  const row = from * 3;
  const [offset0, offset1, offset2] = offsets;
  for (let y = 0, out = 0; y < size; y++) {
    const v = (y - middle) * stepY;
    for (let x = 0; x < size; x++, out += 3) {
      const u = (x - middle) * stepX;
      const sourceX = Math.min(Math.max(centerX + cos * u - sin * v, 0), last);
      const sourceY = Math.min(Math.max(centerY + sin * u + cos * v, 0), last);
      const left = Math.min(Math.floor(sourceX), last - 1);
      const top = Math.min(Math.floor(sourceY), last - 1);
      const [fx, fy] = [sourceX - left, sourceY - top];
      const at = top * row + left * 3;
      const [w0, w1, w2, w3] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
      const below = at + row;
      const red = base[at]! * w0 + base[at + 3]! * w1 + base[below]! * w2 + base[below + 3]! * w3;
      const green =
        base[at + 1]! * w0 + base[at + 4]! * w1 + base[below + 1]! * w2 + base[below + 4]! * w3;
      const blue =
        base[at + 2]! * w0 + base[at + 5]! * w1 + base[below + 2]! * w2 + base[below + 5]! * w3;
      const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
      target[out] = toByte((luma + (red - luma) * saturation - 128) * contrast + 128 + offset0);
      target[out + 1] = toByte(
        (luma + (green - luma) * saturation - 128) * contrast + 128 + offset1,
      );
      target[out + 2] = toByte(
        (luma + (blue - luma) * saturation - 128) * contrast + 128 + offset2,
      );
    }
  }
}

const toByte = (value: number): number => (value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0);

interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly gray: number;
}

/** A rectangle whose sides are a tenth to a third of the image's. */
function drawRectangle(next: () => number, size: number): Rectangle {
  const width = size * (0.1 + 0.25 * next());
  const height = size * (0.1 + 0.25 * next());
  const left = next() * (size - width);
  const top = next() * (size - height);
  return { left, top, right: left + width, bottom: top + height, gray: Math.floor(next() * 256) };
}

function fill(target: Uint8Array, size: number, { left, top, right, bottom, gray }: Rectangle) {
  for (let y = Math.ceil(top); y < bottom && y < size; y++)
    for (let x = Math.ceil(left); x < right && x < size; x++)
      target.fill(gray, (y * size + x) * 3, (y * size + x) * 3 + 3);
}
