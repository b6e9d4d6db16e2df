/**
 * The input gradient of a convolution on small maps, as matrix products over all pictures. A stride of s cuts the input's
 * pixels into s x s phases; the pixels of one phase meet the same taps of the filter, at the same distances.
 */
import type { backend_util } from "@tensorflow/tfjs-core";
import type { Recording } from "../record/recording.ts";
import { slice } from "./windows.ts";

type ConvInfo = backend_util.Conv2DInfo;

/** One axis of one phase: the taps first, first + stride, ..., and for each the output pixel that its first input pixel meets. */
interface Phase {
  readonly first: number;
  readonly starts: readonly number[];
}

const phases = (stride: number, before: number, filter: number): Phase[] =>
  Array.from({ length: stride }, (_, phase) => {
    const first = (phase + before) % stride;
    const taps = Array.from(
      { length: Math.max(0, Math.ceil((filter - first) / stride)) },
      (_, i) => first + i * stride,
    );
    return { first, starts: taps.map((tap) => (phase + before - tap) / stride) };
  });

/** Zeros around an axis, so that every phase finds `count` pixels from each of its starts on. */
function margins(axis: readonly Phase[], count: number, size: number): [number, number] {
  const starts = axis.flatMap((phase) => phase.starts);
  return [Math.max(0, -Math.min(...starts)), Math.max(0, Math.max(...starts) + count - size)];
}

/**
 * @param dy [Co, N, Ho, Wo]
 * @param filter [Co, Ci, height, width], without dilation
 * @returns [Ci, N, H, W]
 */
export function smallInputGradient(recording: Recording, dy: string, filter: string, info: ConvInfo): string {
  const { graph } = recording;
  const { inChannels, outChannels, batchSize, inHeight, inWidth, strideHeight, strideWidth } = info;
  const [height, width] = [Math.ceil(inHeight / strideHeight), Math.ceil(inWidth / strideWidth)];
  const rows = phases(strideHeight, info.padInfo.top, info.filterHeight);
  const columns = phases(strideWidth, info.padInfo.left, info.filterWidth);
  const [top, bottom] = margins(rows, height, info.outHeight);
  const [left, right] = margins(columns, width, info.outWidth);
  const isPadded = top + bottom + left + right > 0;
  const padded = isPadded ? graph.add("Pad", [dy, graph.integers([0, 0, top, left, 0, 0, bottom, right])]) : dy;
  const [paddedHeight, paddedWidth] = [info.outHeight + top + bottom, info.outWidth + left + right];
  const exchanged = graph.add("Transpose", [filter], { perm: [1, 0, 2, 3] });
  const pixels = batchSize * height * width;

  const gradientOf = (row: Phase, column: Phase): string => {
    const count = row.starts.length * column.starts.length;
    if (count === 0) {
      return graph.add("Expand", [graph.scalar(0), graph.integers([inChannels, pixels])]);
    }
    const cut = column.starts.map((start) => slice(recording, padded, 3, paddedWidth, [start + left, width, 1]));
    const taps = row.starts.flatMap((start) =>
      cut.map((part) => {
        const tap = slice(recording, part, 2, paddedHeight, [start + top, height, 1]);
        return recording.reshape(tap, [outChannels, 1, pixels]);
      }),
    );
    const stacked = count === 1 ? taps[0]! : graph.add("Concat", taps, { axis: 1 });
    const matrix = recording.reshape(stacked, [outChannels * count, pixels]);
    const tapRows = slice(recording, exchanged, 2, info.filterHeight, [row.first, row.starts.length, strideHeight]);
    const tapFilter = slice(recording, tapRows, 3, info.filterWidth, [column.first, column.starts.length, strideWidth]);
    return graph.add("MatMul", [recording.reshape(tapFilter, [inChannels, outChannels * count]), matrix]);
  };

  const lines = rows.map((row) => {
    const parts = columns.map((column) =>
      recording.reshape(gradientOf(row, column), [inChannels * batchSize * height, width, 1]),
    );
    const line = parts.length === 1 ? parts[0]! : graph.add("Concat", parts, { axis: 2 });
    return recording.reshape(line, [inChannels * batchSize, height, 1, width * strideWidth]);
  });
  const whole = lines.length === 1 ? lines[0]! : graph.add("Concat", lines, { axis: 2 });
  const shape = [inChannels, batchSize, height * strideHeight, width * strideWidth];
  const tall = slice(recording, recording.reshape(whole, shape), 2, shape[2]!, [0, inHeight, 1]);
  return slice(recording, tall, 3, shape[3]!, [0, inWidth, 1]);
}
