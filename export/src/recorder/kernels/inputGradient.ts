/**
 * The input gradient of a convolution as matrix products. A stride of s splits the input's pixels
 * into s x s phases. All pixels of a phase are seen by the same filter taps, so each phase is one
 * dense product, without the zeros that a dilated gradient would have.
 */
import type { backend_util } from "@tensorflow/tfjs-core";
import type { Recording } from "../record/recording.ts";
import { noRow, pick, type Rows } from "./rows.ts";

type ConvInfo = backend_util.Conv2DInfo;

/** Along one axis: the pixels of a phase, and the taps that see them. */
interface Phase {
  readonly taps: readonly number[];
  readonly pixels: readonly number[];
}

/** A convolution along one spatial axis. */
interface Axis {
  /** Input pixels. */
  readonly size: number;
  /** Output pixels. */
  readonly windows: number;
  /** Filter taps. */
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding before the first pixel. */
  readonly before: number;
}

const axesOf = (info: ConvInfo): { rows: Axis; columns: Axis } => ({
  rows: {
    size: info.inHeight,
    windows: info.outHeight,
    filter: info.filterHeight,
    stride: info.strideHeight,
    dilation: info.dilationHeight,
    before: info.padInfo.top,
  },
  columns: {
    size: info.inWidth,
    windows: info.outWidth,
    filter: info.filterWidth,
    stride: info.strideWidth,
    dilation: info.dilationWidth,
    before: info.padInfo.left,
  },
});

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const phasesOf = ({ size, filter, stride, dilation, before }: Axis): Phase[] =>
  range(Math.min(stride, size)).map((phase) => ({
    taps: range(filter).filter((tap) => (phase + before - tap * dilation) % stride === 0),
    pixels: range(Math.ceil((size - phase) / stride)).map((i) => phase + i * stride),
  }));

/** The window whose tap sees a pixel along one axis, or noRow. */
function windowAt({ windows, stride, dilation, before }: Axis, pixel: number, tap: number): number {
  const window = (pixel + before - tap * dilation) / stride;
  return window >= 0 && window < windows ? window : noRow;
}

/**
 * @param dy gradient of the output: rows of width Co
 * @param filter [Co, height * width, Ci]
 * @returns gradient of the input: rows of width Ci
 */
export function inputGradient(
  recording: Recording,
  dy: Rows,
  filter: string,
  info: ConvInfo,
): Rows {
  const { graph } = recording;
  const { inChannels, outChannels, filterHeight, filterWidth, inHeight, inWidth } = info;
  const axes = axesOf(info);
  const taps = filterHeight * filterWidth;
  const byTap =
    taps === 1
      ? recording.reshape(filter, [1, outChannels, inChannels])
      : graph.add("Transpose", [filter], { perm: [1, 0, 2] });

  const parts: string[] = [];
  const placeOf = new Int32Array(inHeight * inWidth).fill(noRow);
  let placed = 0;
  for (const row of phasesOf(axes.rows)) {
    for (const column of phasesOf(axes.columns)) {
      const pairs = row.taps.flatMap((tapRow) =>
        column.taps.map((tapColumn) => [tapRow, tapColumn] as const),
      );
      const pixels = row.pixels.flatMap((y) => column.pixels.map((x) => [y, x] as const));
      if (pairs.length === 0) continue;
      const windows = pixels.flatMap(([y, x]) =>
        pairs.map(([tapRow, tapColumn]) => {
          const [down, across] = [
            windowAt(axes.rows, y, tapRow),
            windowAt(axes.columns, x, tapColumn),
          ];
          return down === noRow || across === noRow ? noRow : down * info.outWidth + across;
        }),
      );
      const met = pick(recording, dy, Int32Array.from(windows));
      const matrix = recording.reshape(met.name, [
        dy.images * pixels.length,
        pairs.length * outChannels,
      ]);
      const used = Int32Array.from(
        pairs,
        ([tapRow, tapColumn]) => tapRow * filterWidth + tapColumn,
      );
      const tapFilters =
        used.length === taps
          ? byTap
          : graph.add("Gather", [byTap, graph.constant("int32", [used.length], used)]);
      const weights = recording.reshape(tapFilters, [pairs.length * outChannels, inChannels]);
      const product = recording.shaped(graph.add("MatMul", [matrix, weights]), [
        dy.images * pixels.length,
        inChannels,
      ]);
      parts.push(recording.reshape(product, [dy.images, pixels.length, inChannels]));
      for (const [y, x] of pixels) placeOf[y * inWidth + x] = placed++;
    }
  }
  const joined = parts.length === 1 ? parts[0]! : graph.add("Concat", parts, { axis: 1 });
  return pick(
    recording,
    { name: joined, images: dy.images, count: placed, width: inChannels },
    placeOf,
  );
}
