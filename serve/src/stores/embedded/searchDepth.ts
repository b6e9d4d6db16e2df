/**
 * How deep a search of the graph goes: the number of nodes that it keeps in view (ef in Malkov and
 * Yashunin 2016, algorithm 5). Random vectors need many times the depth of an embedder's, and an
 * image that resembles none of the gallery many times that of one that does, so both depths are
 * measured on the gallery itself.
 */
import { neighborRecall, uniform } from "@plumage/models";

/** From the cheapest; the last is deep enough for random vectors, the hardest. */
const depths = [26, 32, 48, 64, 96, 128, 192, 256, 384, 512] as const;
export const greatestDepth = 512;
/** What searches are compared with. */
const referenceDepth = 2 * greatestDepth;
/** A depth holds for searches of up to this many vectors, and grows with the number above it. */
const measuredFor = 26;
/** The nearest vectors that a search has to find. */
const neighbors = 10;
const leastRecall = 0.998;
/** Share of the gallery's own vectors that count as unlike the others. */
const outliers = 0.05;

/** Depths of searches for few vectors. */
export interface SearchDepth {
  /** For queries whose tenth neighbor has at least the score `nearScore`. */
  readonly near: number;
  /** For all others. */
  readonly far: number;
  readonly nearScore: number;
}

/** Enough for any gallery, and right until the gallery has been measured. */
export const unmeasured: SearchDepth = { near: greatestDepth, far: greatestDepth, nearScore: 0 };

/** The nearest nodes by a search of a depth, best first. */
export type SearchAtDepth = (probe: Float32Array, depth: number) => FoundNodes;

export interface FoundNodes {
  readonly keys: ArrayLike<number | bigint>;
  /** 1 - cosine similarity. */
  readonly distances: ArrayLike<number>;
}

/**
 * The least depths at which searches find the same ten nearest nodes as at twice the greatest
 * depth, all but two in a thousand.
 *
 * @param vectors some of the gallery's, of unit length
 * @param pause awaited between searches
 */
export async function measureDepth(
  search: SearchAtDepth,
  vectors: readonly Float32Array[],
  pause: () => Promise<unknown>,
): Promise<SearchDepth> {
  if (vectors.length === 0) return unmeasured;
  const tenthScores: number[] = [];
  for (const vector of vectors) {
    tenthScores.push(tenthScore(search(vector, referenceDepth)));
    await pause();
  }
  const near = await leastDepth(search, likeNeighbors(vectors, tenthScores), pause);
  const far = await leastDepth(search, halfwayBetween(vectors), pause);
  const nearScore = tenthScores.sort((a, b) => a - b)[Math.floor(outliers * vectors.length)]!;
  return { near, far: Math.max(near, far), nearScore };
}

async function leastDepth(
  search: SearchAtDepth,
  probes: readonly Float32Array[],
  pause: () => Promise<unknown>,
): Promise<number> {
  const nearest = async (depth: number, count: number): Promise<number[][]> => {
    const lists: number[][] = [];
    for (const probe of probes) {
      lists.push(Array.from(search(probe, depth).keys, Number).slice(0, count));
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

/** The score of the tenth nearest node, or of the last if there are fewer. */
function tenthScore({ distances }: FoundNodes): number {
  return 1 - distances[Math.min(neighbors, distances.length) - 1]!;
}

/** Whether a search at the near depth may have missed neighbors. */
export const needsFarDepth = (found: FoundNodes, { near, far, nearScore }: SearchDepth): boolean =>
  far > near && tenthScore(found) < nearScore;

/** The depth of a search for k vectors, if `depth` was measured. */
export const depthFor = (k: number, depth: number): number =>
  Math.max(k, Math.min(greatestDepth, Math.ceil((depth * k) / measuredFor)), depth);

/**
 * Queries as an image's that resembles those of the gallery: as far from a vector as its tenth
 * neighbor is. The vector itself would be found too easily.
 */
function likeNeighbors(
  vectors: readonly Float32Array[],
  tenthScores: readonly number[],
): Float32Array[] {
  const next = uniform(1);
  return vectors.map((vector, i) => {
    const noise = normalized(vector.map(() => next() - 0.5));
    const score = Math.min(1, Math.max(0, tenthScores[i]!));
    const distance = Math.sqrt(1 - score ** 2);
    return normalized(vector.map((value, at) => score * value + distance * noise[at]!));
  });
}

/** Queries as an image's that resembles none of the gallery. */
function halfwayBetween(vectors: readonly Float32Array[]): Float32Array[] {
  return vectors.map((vector, i) => {
    const other = vectors[(i + 1) % vectors.length]!;
    return normalized(vector.map((value, at) => value + other[at]!));
  });
}

function normalized(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}
