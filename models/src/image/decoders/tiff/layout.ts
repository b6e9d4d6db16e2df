/** How the pixels of a TIFF image are stored, checked before anything is decoded. */
import { unsupported } from "../reasons.ts";
import { type Directory, tags } from "./directory.ts";

/** PhotometricInterpretation. */
export const photometric = {
  whiteIsZero: 0,
  blackIsZero: 1,
  rgb: 2,
  palette: 3,
  cmyk: 5,
  yCbCr: 6,
} as const;

/** Compression: JPEG, each strip or tile an image of its own (Adobe's Technical Note 2). */
export const jpegCompression = 7;

/** Samples that a pixel has without alpha and other extras. */
const colorSamples: Readonly<Record<number, number>> = {
  [photometric.whiteIsZero]: 1,
  [photometric.blackIsZero]: 1,
  [photometric.rgb]: 3,
  [photometric.palette]: 1,
  [photometric.cmyk]: 4,
  [photometric.yCbCr]: 3,
};

/** Bits of a sample that are read, by the kind of color. */
const depths: Readonly<Record<number, readonly number[]>> = {
  [photometric.whiteIsZero]: [1, 2, 4, 8, 16],
  [photometric.blackIsZero]: [1, 2, 4, 8, 16],
  [photometric.rgb]: [8, 16],
  [photometric.palette]: [1, 2, 4, 8],
  [photometric.cmyk]: [8, 16],
  [photometric.yCbCr]: [8],
};

const photometricNames: Readonly<Record<number, string>> = {
  4: "a transparency mask",
  8: "CIE L*a*b* colors",
  32803: "a camera's raw colors",
  34892: "a camera's raw colors",
};

/** More would only be carried along. */
const maxSamples = 8;

/** A strip or tile. */
export interface Block {
  readonly offset: number;
  readonly byteCount: number;
  readonly x: number;
  readonly y: number;
  /** Tiles reach beyond the right and lower edges, strips do not. */
  readonly width: number;
  readonly height: number;
  /** The first sample that it holds: all of them follow, unless they are stored apart. */
  readonly sample: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly photometric: number;
  readonly bits: number;
  readonly samplesPerPixel: number;
  readonly samplesPerBlock: number;
  readonly compression: number;
  readonly hasPredictor: boolean;
  readonly isLittleEndian: boolean;
  readonly alpha: { readonly sample: number; readonly isPremultiplied: boolean } | undefined;
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly isTiled: boolean;
}

/**
 * Reads the layout of an image.
 *
 * @throws PlumageError "bad-image" for what is not supported; Error for what contradicts itself
 */
export function readLayout(directory: Directory): Layout {
  refuseRaw(directory);
  const kind = directory.number(tags.photometric, photometric.blackIsZero);
  const colors = colorSamples[kind];
  if (colors === undefined)
    throw unsupported("TIFF", photometricNames[kind] ?? `photometric interpretation ${kind}`);
  const samplesPerPixel = directory.number(tags.samplesPerPixel, 1);
  if (samplesPerPixel < colors) throw new Error(`it has ${samplesPerPixel} samples per pixel`);
  if (samplesPerPixel > maxSamples)
    throw unsupported("TIFF", `${samplesPerPixel} samples per pixel`);
  const compression = directory.number(tags.compression, 1);
  if (kind === photometric.yCbCr && compression !== jpegCompression)
    throw unsupported("TIFF", "YCbCr colors without JPEG");
  const width = directory.number(tags.width, 0);
  const height = directory.number(tags.height, 0);
  if (width === 0 || height === 0) throw new Error("it has no pixels");
  const isTiled = directory.has(tags.tileWidth);
  const rowsPerStrip = Math.min(directory.number(tags.rowsPerStrip, height) || height, height);
  const isPlanar = directory.number(tags.planarConfiguration, 1) === 2;
  const [extra] = directory.numbers(tags.extraSamples);
  return {
    width,
    height,
    photometric: kind,
    bits: readDepth(directory, kind),
    samplesPerPixel,
    samplesPerBlock: isPlanar ? 1 : samplesPerPixel,
    compression,
    hasPredictor: readPredictor(directory),
    isLittleEndian: directory.isLittleEndian,
    alpha:
      (extra === 1 || extra === 2) && samplesPerPixel > colors
        ? { sample: colors, isPremultiplied: extra === 1 }
        : undefined,
    blockWidth: isTiled ? directory.number(tags.tileWidth, 0) : width,
    blockHeight: isTiled ? directory.number(tags.tileHeight, 0) : rowsPerStrip,
    isTiled,
  };
}

/** The first image of a camera's raw file is a preview, or not made of colors. */
function refuseRaw(directory: Directory): void {
  const isPreview = (directory.number(tags.subfileType, 0) & 1) === 1;
  if (isPreview || directory.has(tags.dngVersion))
    throw unsupported("TIFF", "the structure of a camera's raw file");
}

function readDepth(directory: Directory, kind: number): number {
  const format = directory.numbers(tags.sampleFormat).find((value) => value !== 1 && value !== 4);
  if (format !== undefined) throw unsupported("TIFF", "samples that are no unsigned integers");
  const all = directory.numbers(tags.bitsPerSample);
  const [bits = 1] = all;
  if (all.some((other) => other !== bits) || !depths[kind]!.includes(bits))
    throw unsupported("TIFF", `${all.join(", ")} bits per sample`);
  if (bits < 8 && directory.number(tags.fillOrder, 1) === 2)
    throw unsupported("TIFF", "reversed bit order");
  return bits;
}

function readPredictor(directory: Directory): boolean {
  const predictor = directory.number(tags.predictor, 1);
  if (predictor !== 1 && predictor !== 2) throw unsupported("TIFF", `predictor ${predictor}`);
  return predictor === 2;
}

/** The strips or tiles of an image. @throws Error if there are too few */
export function readBlocks(directory: Directory, layout: Layout): Block[] {
  const { width, height, blockWidth, blockHeight, isTiled } = layout;
  const offsets = directory.numbers(isTiled ? tags.tileOffsets : tags.stripOffsets);
  const counts = directory.numbers(isTiled ? tags.tileByteCounts : tags.stripByteCounts);
  const across = Math.ceil(width / blockWidth);
  const down = Math.ceil(height / blockHeight);
  const planes = layout.samplesPerPixel / layout.samplesPerBlock;
  const blocks = across * down * planes;
  if (offsets.length < blocks || counts.length < blocks)
    throw new Error(`it has ${Math.min(offsets.length, counts.length)} of ${blocks} parts`);
  return Array.from({ length: blocks }, (_, i) => {
    const place = i % (across * down);
    const y = Math.floor(place / across) * blockHeight;
    return {
      offset: offsets[i]!,
      byteCount: counts[i]!,
      x: (place % across) * blockWidth,
      y,
      width: blockWidth,
      height: isTiled ? blockHeight : Math.min(blockHeight, height - y),
      sample: Math.floor(i / (across * down)),
    };
  });
}
