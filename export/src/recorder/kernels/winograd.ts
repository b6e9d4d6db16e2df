/**
 * 3 x 3 convolutions of stride 1 by Winograd's F(2 x 2, 3 x 3) (Lavin and Gray 2016, arXiv
 * 1509.09308): the output is cut into tiles of 2 x 2 pixels, each of which sees 4 x 4 of the input,
 * and 16 products of tiles by channels stand in for the 36 of the definition. In the paper's
 * letters, with d an input tile, g a filter and Y an output tile, Y = A'[(G g G') * (B' d B)]A.
 *
 * The 16 places of a tile come first, [16, tiles, channels], so that each transform is one product
 * with a small constant matrix and the products between are one batched MatMul.
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
 * A filter turned by 180 degrees has the same transform with the first and the last row, and
 * column, changed over.
 */
const turnedRows = [3, 1, 2, 0];
const turnedInput: Matrix = turnedRows.map((row) => inputMatrix[row]!);
const turnedOutput: Matrix = outputMatrix.map((row) => turnedRows.map((column) => row[column]!));

const transposed = (matrix: Matrix): Matrix =>
  matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));

/**
 * Fewer channels, or products saved for each weight, do not pay for the transforms; measured on a
 * processor with AVX-512.
 */
const leastChannels = 64;
const leastSaved = 500;

const tilesAlong = (size: number): number => Math.ceil(size / 2);
const tilesOf = ({ batchSize, outHeight, outWidth }: ConvInfo): number =>
  batchSize * tilesAlong(outHeight) * tilesAlong(outWidth);

/** Whether a convolution is of the kind, and large enough to gain by it. */
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
  const isKind =
    [filterHeight, filterWidth].every((size) => size === 3) &&
    [strideHeight, strideWidth, dilationHeight, dilationWidth].every((step) => step === 1) &&
    [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right].every((pad) => pad === 1);
  const pixels = info.batchSize * info.outHeight * info.outWidth;
  const saved = 9 * pixels - 16 * tilesOf(info);
  return (
    isKind && Math.min(info.inChannels, info.outChannels) >= leastChannels && saved >= leastSaved
  );
}

/** @param filter [Co, 3, 3, Ci] @returns rows of the output's pixels, Co wide */
export function winograd(recording: Recording, x: Rows, filter: string, info: ConvInfo): Rows {
  const { graph } = recording;
  const turned = graph.add("Transpose", [transformedFilter(recording, filter, info)], {
    perm: [0, 2, 1],
  });
  const products = graph.add("MatMul", [inputTiles(recording, x, info, inputMatrix), turned]);
  return fromTiles(recording, products, info, info.outChannels, outputMatrix);
}

/**
 * @param dy rows of the output's pixels @param filter [Co, 3, 3, Ci] @returns rows of the input's
 * pixels, Ci wide
 */
export function winogradInputGradient(
  recording: Recording,
  dy: Rows,
  filter: string,
  info: ConvInfo,
): Rows {
  const tiles = inputTiles(recording, dy, info, turnedInput);
  const products = recording.graph.add("MatMul", [
    tiles,
    transformedFilter(recording, filter, info),
  ]);
  return fromTiles(recording, products, info, info.inChannels, turnedOutput);
}

/** @returns the filter's gradient [Co, 3, 3, Ci] */
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
  const turned = graph.add("Transpose", [byPlace], { perm: [0, 2, 1] });
  const products = graph.add("MatMul", [turned, inputTiles(recording, x, info, inputMatrix)]);
  const byTap = transform(recording, transposed(filterMatrix), products, [outChannels, inChannels]);
  const byOutput = graph.add("Transpose", [byTap], { perm: [1, 0, 2] });
  return recording.reshape(byOutput, [outChannels, 3, 3, inChannels]);
}

/**
 * [places, ...shape], each of the two axes of the places multiplied by the matrix: (matrix x
 * matrix) values.
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

/** [16, Co, Ci]: one for forward and for both gradients. */
function transformedFilter(
  recording: Recording,
  filter: string,
  { inChannels, outChannels }: ConvInfo,
): string {
  const byOutput = recording.reshape(filter, [outChannels, 9, inChannels]);
  const byTap = recording.graph.add("Transpose", [byOutput], { perm: [1, 0, 2] });
  return transform(recording, filterMatrix, byTap, [outChannels, inChannels]);
}

/** What each tile sees, transformed: [16, tiles, C]. */
function inputTiles(recording: Recording, pixels: Rows, info: ConvInfo, matrix: Matrix): string {
  const seen = pickAll(recording, pixels, allRows(pixels, tilePixels(info, 4)));
  return transform(recording, matrix, seen, [tilesOf(info), pixels.width]);
}

/** The output's pixels from transformed tiles [16, tiles, width]. */
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
  /** noRow beyond the edge. */
  readonly pixel: number;
}

/**
 * The pixel at each place of each tile, places first: tiles of 2 x 2 lie side by side, those of 4 x
 * 4 reach one pixel further.
 */
function tilePixels({ batchSize, outHeight, outWidth }: ConvInfo, side: 2 | 4): Place[] {
  const before = (side - 2) / 2;
  const found: Place[] = [];
  for (let down = 0; down < side; down++) {
    for (let across = 0; across < side; across++) {
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

/** Places of an image as places of the whole batch. */
const allRows = ({ count }: Rows, places: readonly Place[]): Int32Array<ArrayBuffer> =>
  Int32Array.from(places, ({ image, pixel }) => (pixel === noRow ? noRow : image * count + pixel));

/** The chosen rows of the whole batch. */
function pickAll(
  recording: Recording,
  { name, images, count, width }: Rows,
  chosen: Int32Array<ArrayBuffer>,
): string {
  const all = recording.reshape(name, [1, images * count, width]);
  return pick(recording, { name: all, images: 1, count: images * count, width }, chosen).name;
}
