/**
 * 3 x 3 convolutions of stride 1 by Winograd's F(2 x 2, 3 x 3) (Lavin and Gray 2016, arXiv
 * 1509.09308). The output is split into tiles of 2 x 2 pixels, each of which sees 4 x 4 input
 * pixels, and needs 16 multiplications per channel pair where direct convolution needs 36. In the
 * paper's notation, with input tile d, filter g and output tile Y: Y = A'[(G g G') * (B' d B)]A.
 *
 * Tensors have the 16 positions of a tile first, [16, tiles, channels]. Each transform is then one
 * product with a small constant matrix, and the multiplication is one batched MatMul.
 */
import type { backend_util } from "@tensorflow/tfjs-core";
import type { Recording } from "../record/recording.ts";
import { noRow, pick, type Rows } from "./rows.ts";

type ConvInfo = backend_util.Conv2DInfo;
type Matrix = readonly (readonly number[])[];

const inputMatrix: Matrix = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
];
const filterMatrix: Matrix = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
];
const outputMatrix: Matrix = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
];

/**
 * The input gradient convolves with the filter rotated by 180 degrees. Its transform is the
 * filter's with the first and last row, and column, swapped; the swap is done here instead.
 */
const rotatedRows = [3, 1, 2, 0];
const rotatedInput: Matrix = rotatedRows.map((row) => inputMatrix[row]!);
const rotatedOutput: Matrix = outputMatrix.map((row) => rotatedRows.map((column) => row[column]!));

const transposed = (matrix: Matrix): Matrix =>
  matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));

/**
 * With fewer channels, or fewer multiplications saved per weight, the transforms cost more than
 * they save. Measured on a CPU with AVX-512.
 */
const minChannels = 64;
const minSaved = 500;

const tilesAlong = (size: number): number => Math.ceil(size / 2);
const tilesOf = ({ batchSize, outHeight, outWidth }: ConvInfo): number =>
  batchSize * tilesAlong(outHeight) * tilesAlong(outWidth);

/** Whether a convolution is 3 x 3 with stride 1 and padding 1, and large enough to gain. */
export function suitsWinograd(info: ConvInfo): boolean {
  const {
    filterHeight,
    filterWidth,
    strideHeight,
    strideWidth,
    dilationHeight,
    dilationWidth,
    padInfo,
  } = info;
  const isSupported =
    [filterHeight, filterWidth].every((size) => size === 3) &&
    [strideHeight, strideWidth, dilationHeight, dilationWidth].every((step) => step === 1) &&
    [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right].every((pad) => pad === 1);
  const pixels = info.batchSize * info.outHeight * info.outWidth;
  const saved = 9 * pixels - 16 * tilesOf(info);
  return (
    isSupported && Math.min(info.inChannels, info.outChannels) >= minChannels && saved >= minSaved
  );
}

/** @param filter [Co, 3, 3, Ci] @returns the output: rows of width Co */
export function winograd(recording: Recording, x: Rows, filter: string, info: ConvInfo): Rows {
  const { graph } = recording;
  const weights = graph.add("Transpose", [transformedFilter(recording, filter, info)], {
    perm: [0, 2, 1],
  });
  const products = graph.add("MatMul", [inputTiles(recording, x, info, inputMatrix), weights]);
  return fromTiles(recording, products, info, info.outChannels, outputMatrix);
}

/**
 * @param dy gradient of the output: rows of width Co
 * @param filter [Co, 3, 3, Ci]
 * @returns gradient of the input: rows of width Ci
 */
export function winogradInputGradient(
  recording: Recording,
  dy: Rows,
  filter: string,
  info: ConvInfo,
): Rows {
  const tiles = inputTiles(recording, dy, info, rotatedInput);
  const products = recording.graph.add("MatMul", [
    tiles,
    transformedFilter(recording, filter, info),
  ]);
  return fromTiles(recording, products, info, info.inChannels, rotatedOutput);
}

/** @returns gradient of the filter, [Co, 3, 3, Ci] */
export function winogradFilterGradient(
  recording: Recording,
  x: Rows,
  dy: Rows,
  info: ConvInfo,
): string {
  const { graph } = recording;
  const { inChannels, outChannels } = info;
  const tiles = allRows(dy, tilePixels(info, 2));
  const byPlace = transform(recording, transposed(outputMatrix), pickAll(recording, dy, tiles), [
    tilesOf(info),
    outChannels,
  ]);
  const byChannel = graph.add("Transpose", [byPlace], { perm: [0, 2, 1] });
  const products = graph.add("MatMul", [byChannel, inputTiles(recording, x, info, inputMatrix)]);
  const byTap = transform(recording, transposed(filterMatrix), products, [outChannels, inChannels]);
  const byOutput = graph.add("Transpose", [byTap], { perm: [1, 0, 2] });
  return recording.reshape(byOutput, [outChannels, 3, 3, inChannels]);
}

/**
 * Multiplies both axes of a tile by the matrix, as one product with its Kronecker square.
 *
 * @param values [columns^2, ...shape]
 * @returns [rows^2, ...shape]
 */
function transform(
  recording: Recording,
  matrix: Matrix,
  values: string,
  shape: readonly number[],
): string {
  const { graph } = recording;
  const [rows, columns] = [matrix.length, matrix[0]!.length];
  const both = new Float32Array((rows * columns) ** 2);
  const pairs = (count: number) =>
    Array.from({ length: count ** 2 }, (_, i) => [Math.floor(i / count), i % count]);
  let next = 0;
  for (const [row, otherRow] of pairs(rows)) {
    for (const [column, otherColumn] of pairs(columns)) {
      both[next++] = matrix[row!]![column!]! * matrix[otherRow!]![otherColumn!]!;
    }
  }
  const width = shape.reduce((product, size) => product * size, 1);
  const constant = graph.constant("float32", [rows ** 2, columns ** 2], both);
  const product = graph.add("MatMul", [constant, recording.reshape(values, [columns ** 2, width])]);
  return recording.reshape(recording.shaped(product, [rows ** 2, width]), [rows ** 2, ...shape]);
}

/** The transformed filter, [16, Co, Ci]; shared by the forward pass and the input gradient. */
function transformedFilter(
  recording: Recording,
  filter: string,
  { inChannels, outChannels }: ConvInfo,
): string {
  const byOutput = recording.reshape(filter, [outChannels, 9, inChannels]);
  const byTap = recording.graph.add("Transpose", [byOutput], { perm: [1, 0, 2] });
  return transform(recording, filterMatrix, byTap, [outChannels, inChannels]);
}

/** The 4 x 4 pixels that each tile sees, transformed: [16, tiles, C]. */
function inputTiles(recording: Recording, pixels: Rows, info: ConvInfo, matrix: Matrix): string {
  const seen = pickAll(recording, pixels, allRows(pixels, tilePixels(info, 4)));
  return transform(recording, matrix, seen, [tilesOf(info), pixels.width]);
}

/** Output pixels from transformed tiles [16, tiles, width]. */
function fromTiles(
  recording: Recording,
  tiles: string,
  info: ConvInfo,
  width: number,
  matrix: Matrix,
): Rows {
  const { batchSize, outHeight, outWidth } = info;
  const count = tilesOf(info);
  const pixels = recording.reshape(transform(recording, matrix, tiles, [count, width]), [
    1,
    4 * count,
    width,
  ]);
  const places = tilePixels(info, 2);
  const perImage = outHeight * outWidth;
  const placeOf = new Int32Array(batchSize * perImage);
  places.forEach(({ image, pixel }, place) => {
    if (pixel !== noRow) placeOf[image * perImage + pixel] = place;
  });
  const { name } = pick(recording, { name: pixels, images: 1, count: 4 * count, width }, placeOf);
  return {
    name: recording.reshape(name, [batchSize, perImage, width]),
    images: batchSize,
    count: perImage,
    width,
  };
}

interface Place {
  readonly image: number;
  /** noRow outside of the image. */
  readonly pixel: number;
}

/**
 * The pixel at each position of each tile, [tileSize * tileSize, tiles]. Tiles of 2 x 2 do not
 * overlap; tiles of 4 x 4 extend them by one pixel on each side.
 */
function tilePixels({ batchSize, outHeight, outWidth }: ConvInfo, tileSize: 2 | 4): Place[] {
  const before = (tileSize - 2) / 2;
  const found: Place[] = [];
  for (let down = 0; down < tileSize; down++) {
    for (let across = 0; across < tileSize; across++) {
      for (let image = 0; image < batchSize; image++) {
        for (let tileRow = 0; tileRow < tilesAlong(outHeight); tileRow++) {
          for (let tileColumn = 0; tileColumn < tilesAlong(outWidth); tileColumn++) {
            const row = 2 * tileRow - before + down;
            const column = 2 * tileColumn - before + across;
            const isInside = row >= 0 && row < outHeight && column >= 0 && column < outWidth;
            found.push({ image, pixel: isInside ? row * outWidth + column : noRow });
          }
        }
      }
    }
  }
  return found;
}

/** Converts positions within an image to row numbers within the batch. */
const allRows = ({ count }: Rows, places: readonly Place[]): Int32Array<ArrayBuffer> =>
  Int32Array.from(places, ({ image, pixel }) => (pixel === noRow ? noRow : image * count + pixel));

/** Picks rows from the whole batch. */
function pickAll(
  recording: Recording,
  { name, images, count, width }: Rows,
  chosen: Int32Array<ArrayBuffer>,
): string {
  const all = recording.reshape(name, [1, images * count, width]);
  return pick(recording, { name: all, images: 1, count: images * count, width }, chosen).name;
}
