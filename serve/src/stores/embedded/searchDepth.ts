/**
 * How deep a search of the graph goes: the number of nodes that it keeps in view (ef in Malkov and
 * Yashunin 2016, algorithm 5). Random vectors need many times the depth of an embedder's, so the
 * depth is measured on the gallery itself.
 */
import { neighborRecall } from "@plumage/models";

/** From the cheapest; the last is deep enough for random vectors, the hardest. */
const depths = [26, 32, 48, 64, 96, 128, 192, 256, 384, 512] as const;
/** Enough for any gallery, and right until the gallery has been measured. */
export const greatestDepth = 512;
/** What searches are compared with. */
const referenceDepth = 2 * greatestDepth;
/** The depth holds for searches of up to this many vectors, and grows with the number above it. */
const measuredFor = 26;
/** The nearest vectors that a search has to find. */
const neighbors = 10;
const leastRecall = 0.998;

/** The ids of the nearest nodes by a search of a depth, best first. */
export type SearchAtDepth = (probe: Float32Array, depth: number) => ArrayLike<number | bigint>;

/**
 * The least depth at which searches find the same ten nearest nodes as at twice the greatest depth,
 * all but two in a thousand.
 *
 * @param probes queries of unit length, like those to come
 * @param pause awaited between probes
 */
export async function measureDepth(
  search: SearchAtDepth,
  probes: readonly Float32Array[],
  pause: () => Promise<unknown>,
): Promise<number> {
  const nearest = async (depth: number, count: number): Promise<number[][]> => {
    const lists: number[][] = [];
    for (const probe of probes) {
      lists.push(Array.from(search(probe, depth), Number).slice(0, count));
      await pause();
    }
    return lists;
  };
  const references = await nearest(referenceDepth, neighbors);
  for (const depth of depths) {
    const found = await nearest(depth, measuredFor);
    if (neighborRecall(found, references) >= leastRecall) return depth;
  }
  return greatestDepth;
}

/** The depth of a search for k vectors, if `depth` was measured. */
export const depthFor = (k: number, depth: number): number =>
  Math.max(k, Math.min(greatestDepth, Math.ceil((depth * k) / measuredFor)), depth);

/**
 * Queries like those to come: some of the gallery's vectors, and as many halfway between two of
 * them, as an image is that resembles none.
 */
export function probesOf(vectors: readonly Float32Array[]): Float32Array[] {
  const between = vectors.map((vector, i) => {
    const other = vectors[(i + 1) % vectors.length]!;
    const sum = vector.map((value, at) => value + other[at]!);
    const length = Math.hypot(...sum) || 1;
    return sum.map((value) => value / length);
  });
  return [...vectors, ...between];
}
