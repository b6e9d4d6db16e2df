/** Near-copies: groups of images that show the same, without chains of ever other ones. */

const itemsPerTurn = 1000;

/** The nearest of an item, as `search` finds them. */
export interface NeighborList {
  /** Item numbers. */
  readonly indices: Int32Array;
  /** Cosines. */
  readonly scores: Float32Array;
}

/** Two items or more that show the same. */
export interface CopyGroup {
  /** Item numbers: the center first, then by likeness to it. */
  readonly members: readonly number[];
  /** Cosine of each member with the center. */
  readonly scores: readonly number[];
}

/** Each item's pairs, one after another: those of item i are at starts[i] to starts[i + 1]. */
interface Pairs {
  readonly starts: Int32Array;
  readonly others: Int32Array;
  readonly scores: Float32Array;
}

/**
 * Groups the items of which a pair has at least this cosine. In a connected component, the first
 * and the last of a chain may have nothing in common, so components are divided into stars (Aslam,
 * Pelekhov, Rus 2004, "The Star Clustering Algorithm for Static and Dynamic Information
 * Organization"): the item with most pairs is a center and takes all that it is paired with, then
 * the next one that nobody has taken. So every member is as near to its center as the threshold
 * says, and no two are further apart than twice that angle.
 *
 * Pairs are known from the lists of neighbors: one that is in neither list is missing.
 *
 * @param neighbors one list per item
 * @param threshold cosine from which two items are a pair
 * @param pause awaited after every thousand items, for those who share a thread
 * @returns the largest groups first, and of equal ones that with the lowest center
 */
export async function nearCopies(
  neighbors: readonly NeighborList[],
  threshold: number,
  pause: () => Promise<unknown> = async () => undefined,
): Promise<CopyGroup[]> {
  const { starts, others, scores } = await pairsOf(neighbors, threshold, pause);
  const pairCount = (item: number) => starts[item + 1]! - starts[item]!;
  const centers = neighbors.map((_, item) => item).filter((item) => pairCount(item) > 0);
  centers.sort((a, b) => pairCount(b) - pairCount(a) || a - b);
  const isTaken = new Uint8Array(neighbors.length);
  const groups: CopyGroup[] = [];
  for (const [turn, center] of centers.entries()) {
    if (turn % itemsPerTurn === itemsPerTurn - 1) await pause();
    if (isTaken[center]) continue;
    const free: { item: number; score: number }[] = [];
    for (let at = starts[center]!; at < starts[center + 1]!; at++)
      if (!isTaken[others[at]!]) free.push({ item: others[at]!, score: scores[at]! });
    isTaken[center] = 1;
    if (free.length === 0) continue;
    free.sort((a, b) => b.score - a.score || a.item - b.item);
    for (const { item } of free) isTaken[item] = 1;
    groups.push({
      members: [center, ...free.map(({ item }) => item)],
      scores: [1, ...free.map(({ score }) => score)],
    });
  }
  return groups.sort(
    (a, b) => b.members.length - a.members.length || a.members[0]! - b.members[0]!,
  );
}

async function pairsOf(
  neighbors: readonly NeighborList[],
  threshold: number,
  pause: () => Promise<unknown>,
): Promise<Pairs> {
  const visitAll = async (visit: VisitPair) => {
    for (let item = 0; item < neighbors.length; item++) {
      if (item % itemsPerTurn === itemsPerTurn - 1) await pause();
      visitPairs(neighbors, item, threshold, visit);
    }
  };
  const starts = new Int32Array(neighbors.length + 1);
  await visitAll((a, b) => {
    starts[a + 1]!++;
    starts[b + 1]!++;
  });
  for (let item = 0; item < neighbors.length; item++) starts[item + 1]! += starts[item]!;
  const ends = starts.slice();
  const others = new Int32Array(starts.at(-1)!);
  const scores = new Float32Array(others.length);
  const add = (item: number, other: number, score: number) => {
    const at = ends[item]!++;
    others[at] = other;
    scores[at] = score;
  };
  await visitAll((a, b, score) => {
    add(a, b, score);
    add(b, a, score);
  });
  return { starts, others, scores };
}

type VisitPair = (a: number, b: number, score: number) => void;

/** Visits the pairs in an item's list, but those that are in the list of a lower item, too. */
function visitPairs(
  neighbors: readonly NeighborList[],
  item: number,
  threshold: number,
  visit: VisitPair,
): void {
  const { indices, scores } = neighbors[item]!;
  for (let rank = 0; rank < indices.length; rank++) {
    // Nearest first.
    if (scores[rank]! < threshold) break;
    const other = indices[rank]!;
    if (other < item && hasPair(neighbors[other]!, item, threshold)) continue;
    visit(item, other, scores[rank]!);
  }
}

function hasPair({ indices, scores }: NeighborList, item: number, threshold: number): boolean {
  const rank = indices.indexOf(item);
  return rank >= 0 && scores[rank]! >= threshold;
}
