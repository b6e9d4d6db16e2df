/** The windows of a convolution or a pooling over the last two axes of a value: what each tap of them sees. */
import type { backend_util } from "@tensorflow/tfjs-core";
import type { Recording } from "../record/recording.ts";

type ConvInfo = backend_util.Conv2DInfo;

/** Windows in all pictures. */
export const pixelsOf = (info: ConvInfo): number => info.batchSize * info.outHeight * info.outWidth;

/** Rows and columns of the input that no window reaches at the end: ConvTranspose must add them back. */
export const unreached = (info: ConvInfo): [number, number] => [
  info.inHeight -
    ((info.outHeight - 1) * info.strideHeight - info.padInfo.top - info.padInfo.bottom + info.effectiveFilterHeight),
  info.inWidth -
    ((info.outWidth - 1) * info.strideWidth - info.padInfo.left - info.padInfo.right + info.effectiveFilterWidth),
];

/** Every stride-th place of an axis of this size from `start` on, `count` of them. */
export function slice(
  { graph }: Recording,
  name: string,
  axis: number,
  size: number,
  [start, count, stride]: readonly [start: number, count: number, stride: number],
): string {
  if (count === size) return name;
  const vector = (value: number) => graph.integers([value]);
  const end = start + (count - 1) * stride + 1;
  return graph.add("Slice", [name, vector(start), vector(end), vector(axis), vector(stride)]);
}

/**
 * What each tap of the windows sees of a padded value [.., .., H, W], row by row: [.., .., Ho, Wo] each. Columns are cut
 * before rows, once for all windows' rows, so that most of the copies are of whole stretches of memory.
 */
export function tapViews(recording: Recording, padded: string, info: ConvInfo): string[] {
  const { filterHeight, filterWidth, strideHeight, strideWidth, outHeight, outWidth } = info;
  const { top, left, bottom, right } = info.padInfo;
  const [height, width] = [info.inHeight + top + bottom, info.inWidth + left + right];
  const byColumn = Array.from({ length: filterWidth }, (_, column) =>
    slice(recording, padded, 3, width, [column * info.dilationWidth, outWidth, strideWidth]),
  );
  const taps: string[] = [];
  for (let row = 0; row < filterHeight; row++) {
    for (const cut of byColumn) {
      taps.push(slice(recording, cut, 2, height, [row * info.dilationHeight, outHeight, strideHeight]));
    }
  }
  return taps;
}

/** The input [C, N, H, W] as the windows see it, [C * height * width, N * Ho * Wo]: im2col. */
export function columns(recording: Recording, x: string, info: ConvInfo): string {
  const { graph } = recording;
  const { inChannels, filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const { top, left, bottom, right } = info.padInfo;
  const pixels = pixelsOf(info);
  const isPadded = top + left + bottom + right > 0;
  if (filterHeight * filterWidth * strideHeight * strideWidth === 1 && !isPadded) {
    return recording.reshape(x, [inChannels, pixels]);
  }
  const padded = isPadded ? graph.add("Pad", [x, graph.integers([0, 0, top, left, 0, 0, bottom, right])]) : x;
  const taps = tapViews(recording, padded, info).map((tap) => recording.reshape(tap, [inChannels, 1, pixels]));
  const stacked = taps.length === 1 ? taps[0]! : graph.add("Concat", taps, { axis: 1 });
  return recording.reshape(stacked, [inChannels * filterHeight * filterWidth, pixels]);
}
