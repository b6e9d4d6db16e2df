/**
 * Images [N, H, W, C] as rows of C numbers, one per pixel. im2col then is a Gather of rows, which
 * onnxruntime runs on all threads at memory speed (its Slice and Pad are single-threaded).
 */
import type { backend_util } from "@tensorflow/tfjs-core";
import type { Recording } from "../record/recording.ts";

type ConvInfo = backend_util.Conv2DInfo;

/** A value [images, count, width]: `count` rows for each image of a batch. */
export interface Rows {
  readonly name: string;
  readonly images: number;
  readonly count: number;
  readonly width: number;
}

/** In a list of rows: padding, where a window extends past the edge. */
export const noRow = -1;

/** @param name of a value [N, H, W, C] */
export function rowsOf(recording: Recording, name: string, shape: readonly number[]): Rows {
  const [images, height, width, channels] = shape as [number, number, number, number];
  const count = height * width;
  return {
    name: recording.reshape(name, [images, count, channels]),
    images,
    count,
    width: channels,
  };
}

/** @returns [images * count, width] */
export const asMatrix = (recording: Recording, { name, images, count, width }: Rows): string =>
  recording.reshape(name, [images * count, width]);

/**
 * Picks the same rows of each image.
 *
 * @param chosen row numbers, or noRow
 * @param fill value of the padding rows
 */
export function pick(
  recording: Recording,
  rows: Rows,
  chosen: Int32Array<ArrayBuffer>,
  fill = 0,
): Rows {
  if (chosen.length === rows.count && chosen.every((row, i) => row === i)) return rows;
  const { graph } = recording;
  const paddingRow = rows.count;
  const source = chosen.includes(noRow) ? withOneMore(recording, rows, fill) : rows.name;
  const places = chosen.map((row) => (row === noRow ? paddingRow : row));
  const list = graph.constant("int32", [places.length], places);
  const name = graph.add("Gather", [source, list], { axis: 1 });
  recording.shaped(name, [rows.images, chosen.length, rows.width]);
  return { ...rows, name, count: chosen.length };
}

/** Appends a row of one value to each image. */
function withOneMore(recording: Recording, { name, images, width }: Rows, value: number): string {
  const { graph, symbols } = recording;
  symbols.assertFixed([images], "Gather");
  const row = graph.constant(
    "float32",
    [images, 1, width],
    new Float32Array(images * width).fill(value),
  );
  return graph.add("Concat", [name, row], { axis: 1 });
}

/** The input pixel under each tap of each window, [windows * taps], or noRow. */
export function windowPixels(info: ConvInfo): Int32Array<ArrayBuffer> {
  const { filterHeight, filterWidth, outHeight, outWidth, inHeight, inWidth } = info;
  const pixels = new Int32Array(outHeight * outWidth * filterHeight * filterWidth);
  let next = 0;
  for (let outRow = 0; outRow < outHeight; outRow++) {
    for (let outColumn = 0; outColumn < outWidth; outColumn++) {
      for (let tapRow = 0; tapRow < filterHeight; tapRow++) {
        const row = outRow * info.strideHeight - info.padInfo.top + tapRow * info.dilationHeight;
        for (let tapColumn = 0; tapColumn < filterWidth; tapColumn++) {
          const column =
            outColumn * info.strideWidth - info.padInfo.left + tapColumn * info.dilationWidth;
          const isInside = row >= 0 && row < inHeight && column >= 0 && column < inWidth;
          pixels[next++] = isInside ? row * inWidth + column : noRow;
        }
      }
    }
  }
  return pixels;
}

/**
 * Inverts a list of rows: the positions at which each row was chosen, padded with noRow.
 *
 * @param count number of rows
 * @returns [count * k], with k the most positions of any row
 */
export function placesOf(chosen: Int32Array, count: number): Int32Array<ArrayBuffer> {
  const found: number[][] = Array.from({ length: count }, () => []);
  chosen.forEach((row, place) => {
    if (row !== noRow) found[row]!.push(place);
  });
  const places = found.reduce((most, at) => Math.max(most, at.length), 1);
  const list = new Int32Array(count * places).fill(noRow);
  found.forEach((at, row) => {
    list.set(at, row * places);
  });
  return list;
}

/** im2col: each window as one row of its taps' pixels, [images * windows, taps * C]. */
export function columns(recording: Recording, x: Rows, info: ConvInfo): string {
  const seen = pick(recording, x, windowPixels(info));
  const windows = info.outHeight * info.outWidth;
  return recording.reshape(seen.name, [x.images * windows, (seen.count / windows) * x.width]);
}
