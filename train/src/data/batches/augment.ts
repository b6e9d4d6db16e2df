/**
 * Seeded augmentations: the same pixels for the same seed at any number of workers. Geometry is one
 * affine map with bilinear sampling, color one linear map, both in a single pass over the output.
 */
import { uniform } from "@plumage/models";

export interface Augmentation {
  /**
   * Side at which images are kept before it, as a multiple of the network's: some room to crop or
   * to zoom in.
   */
  readonly base: number;
  /**
   * The crop is the network's side, at whole pixels of the base: nothing is interpolated
   * (torchvision's RandomCrop).
   */
  readonly whole: boolean;
  /**
   * Area of the crop as a share of the image, chosen log-uniformly; above 1 zooms out and repeats
   * the edge.
   */
  readonly area: readonly [number, number];
  /** Largest width : height of the crop; the smallest is its inverse. */
  readonly aspect: number;
  /** Largest rotation in degrees, either way. */
  readonly rotation: number;
  /** Largest shift beyond the crop's own room, as a share of the side. */
  readonly shift: number;
  readonly flip: boolean;
  /**
   * Largest change of brightness, contrast and saturation, as shares; 0.4 is torchvision's
   * ColorJitter(0.4).
   */
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  /** Largest shift of each color channel by itself, in steps of 255. */
  readonly tint: number;
  /**
   * Share of images turned gray, and with a gray rectangle over a part (Zhong et al. 2017, random
   * erasing).
   */
  readonly gray: number;
  readonly erase: number;
}

const nothing: Augmentation = {
  base: 1.25,
  whole: false,
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

/** By the name that a recipe gives. */
export const augmentations = {
  /** The tutorial's to the pixel: Resize(256), RandomCrop(224), RandomHorizontalFlip(). */
  tutorial: { ...nothing, base: 256 / 224, whole: true, flip: true },
  /**
   * The tutorial's and colors: torchvision's ColorJitter(0.4, 0.4, 0.4) in kind, as one linear
   * map.
   */
  jitter: {
    ...nothing,
    base: 256 / 224,
    whole: true,
    flip: true,
    brightness: 0.2,
    contrast: 0.4,
    saturation: 0.4,
  },
  /**
   * torchvision's RandomResizedCrop in kind: a quarter of the image or more, squeezed by up to 4 :
   * 3; and flip.
   */
  "resized-crop": { ...nothing, area: [0.25, 1], aspect: 4 / 3, flip: true },
  /**
   * The tutorial's crop and flip at fractions of a pixel, from a larger base, so that small images
   * vary more.
   */
  light: { ...nothing, area: [(224 / 256) ** 2, (224 / 256) ** 2], flip: true },
  /** For learning from scratch what different artists' drawings of one thing share. */
  strong: {
    base: 1.25,
    whole: false,
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

/** The side at which images are kept for augmenting to `side`. */
export const baseSide = (side: number, { base }: Augmentation): number => Math.round(side * base);

/**
 * How images are resized where they are not augmented, if not at once: a network that was trained
 * on whole pixels of a larger base sees images that went through it too, as the tutorial's test
 * transform has it (Resize(256), Resize(224)).
 */
export const evaluationResize = (
  side: number,
  augmentation: Augmentation,
): { resize?: number[] } =>
  augmentation.whole ? { resize: [baseSide(side, augmentation), side] } : {};

/**
 * Writes one augmented image.
 *
 * @param base RGB bytes of a square image, from * from * 3
 * @param from its side, `baseSide(side, options)`
 * @param target side * side * 3 bytes
 */
export function augment(
  base: Uint8Array,
  from: number,
  target: Uint8Array,
  side: number,
  options: Augmentation,
  seed: number,
): void {
  const next = uniform(seed);
  const between = (low: number, high: number) => low + (high - low) * next();
  const around = (largest: number) => between(-largest, largest);

  const area = Math.exp(between(Math.log(options.area[0]), Math.log(options.area[1])));
  const aspect = Math.exp(around(Math.log(options.aspect)));
  const [cropWidth, cropHeight] = [Math.sqrt(area * aspect), Math.sqrt(area / aspect)];
  const angle = (around(options.rotation) * Math.PI) / 180;
  const mirror = options.flip && next() < 0.5 ? -1 : 1;
  const room = (crop: number) => Math.max(0, (1 - crop) / 2) + options.shift;
  const middle = (side - 1) / 2;
  // Any whole number of pixels from one edge to the other, each as likely.
  const offset = () => Math.floor(next() * (from - side + 1)) + middle;
  const centerX = options.whole ? offset() : (0.5 + around(room(cropWidth))) * from - 0.5;
  const centerY = options.whole ? offset() : (0.5 + around(room(cropHeight))) * from - 0.5;
  const stepX = options.whole ? 1 : (cropWidth * from) / side;
  const stepY = options.whole ? 1 : (cropHeight * from) / side;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];

  const saturation = next() < options.gray ? 0 : 1 + around(options.saturation);
  const contrast = 1 + around(options.contrast);
  const light = around(options.brightness) * 255;
  const tints = [
    light + around(options.tint) * 255,
    light + around(options.tint) * 255,
    light + around(options.tint) * 255,
  ] as const;
  const erased = next() < options.erase ? rectangle(next, side) : undefined;

  const last = from - 1;
  const row = from * 3;
  for (let y = 0, out = 0; y < side; y++) {
    const v = (y - middle) * stepY;
    for (let x = 0; x < side; x++, out += 3) {
      if (erased && x >= erased.left && x < erased.right && y >= erased.top && y < erased.bottom) {
        target.fill(erased.gray, out, out + 3);
        continue;
      }
      const u = (x - middle) * stepX * mirror;
      const sourceX = Math.min(Math.max(centerX + cos * u - sin * v, 0), last);
      const sourceY = Math.min(Math.max(centerY + sin * u + cos * v, 0), last);
      const left = Math.min(Math.floor(sourceX), last - 1);
      const top = Math.min(Math.floor(sourceY), last - 1);
      const [fx, fy] = [sourceX - left, sourceY - top];
      const at = top * row + left * 3;
      const [w0, w1, w2, w3] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
      const red =
        base[at]! * w0 + base[at + 3]! * w1 + base[at + row]! * w2 + base[at + row + 3]! * w3;
      const green =
        base[at + 1]! * w0 +
        base[at + 4]! * w1 +
        base[at + row + 1]! * w2 +
        base[at + row + 4]! * w3;
      const blue =
        base[at + 2]! * w0 +
        base[at + 5]! * w1 +
        base[at + row + 2]! * w2 +
        base[at + row + 5]! * w3;
      const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
      target[out] = byte((luma + (red - luma) * saturation - 128) * contrast + 128 + tints[0]);
      target[out + 1] = byte(
        (luma + (green - luma) * saturation - 128) * contrast + 128 + tints[1],
      );
      target[out + 2] = byte((luma + (blue - luma) * saturation - 128) * contrast + 128 + tints[2]);
    }
  }
}

const byte = (value: number): number => (value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0);

/** A random rectangle of a tenth to a third of the side each way. */
function rectangle(next: () => number, side: number) {
  const width = side * (0.1 + 0.25 * next());
  const height = side * (0.1 + 0.25 * next());
  const left = next() * (side - width);
  const top = next() * (side - height);
  return { left, top, right: left + width, bottom: top + height, gray: Math.floor(next() * 256) };
}
