/** How far two decodings of one image differ. */

export interface PixelDifference {
  /** From 0 to 255. */
  readonly largest: number;
  /** Mean over all values, from 0 to 255. */
  readonly mean: number;
  /** Fraction of the values that differ. */
  readonly share: number;
}

/** @throws Error for buffers of different lengths */
export function pixelDifference(a: Uint8Array, b: Uint8Array): PixelDifference {
  if (a.length !== b.length) throw new Error(`images of ${a.length} and ${b.length} values`);
  let [largest, sum, differing] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (difference === 0) continue;
    largest = Math.max(largest, difference);
    sum += difference;
    differing++;
  }
  return { largest, mean: sum / a.length, share: differing / a.length };
}
