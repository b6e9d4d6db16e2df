/** Exact nearest neighbors: dot products of blocks of rows, then top-k lists. */
import { PlumageError } from "../errors.ts";
import type { DotProductProvider } from "./dotProducts.ts";
import { maxNeighbors, type SearchSets } from "./searchSets.ts";
import { TopLists } from "./topLists.ts";

/**
 * How two embeddings are compared. "dot" is the cosine of embeddings that have unit length already.
 */
export type Similarity = "dot" | "cosine" | "euclidean";

export interface SearchOptions extends SearchSets {
  /** [items, dimension] */
  readonly embeddings: Float32Array;
  readonly dimension: number;
  /** Neighbors per query; at most maxNeighbors. */
  readonly k: number;
  /** Default "cosine". */
  readonly similarity?: Similarity;
  readonly provider: DotProductProvider;
  /** Memory for the top-k lists of the queries that are processed together. Default 512 MiB. */
  readonly listBytes?: number;
  /** Sees the score of every pair of a query and another reference. */
  readonly onPair?: OnPair;
}

/**
 * Sees a pair's score.
 *
 * @param times 2 if the pair stands for both of its directions
 */
export type OnPair = (query: number, reference: number, score: number, times: 1 | 2) => void;

/** The nearest items of one query, best first. */
export interface NeighborsOfQuery {
  /** An item number. */
  readonly query: number;
  /** [k] item numbers, nearest first; ties go to the lower number. */
  readonly indices: Int32Array;
  /**
   * [k] scores, higher is nearer: dot products, cosines (0 for a zero vector) or negated Euclidean
   * distances.
   */
  readonly scores: Float32Array;
}

/** Rows of a block, for queries and references alike: a full block of scores takes 4 MB. */
const blockRows = 1024;

/**
 * Yields the k nearest references of each query, in the order of the queries. Memory beyond the
 * embeddings is at most one copy of each set plus `listBytes`, whatever the number of items.
 *
 * Scores are computed in single precision, as in faiss and torch.cdist. Leave-one-out computes the
 * product of each pair once and uses it for both items.
 *
 * @throws PlumageError "bad-input" if the sizes do not match or a value is not finite
 */
export async function* search(options: SearchOptions): AsyncGenerator<NeighborsOfQuery> {
  const { dimension, queries, references, k, similarity = "cosine" } = options;
  const { embeddings, listBytes = 512 * 2 ** 20 } = options;
  checkSizes(options);
  const weights = scoreWeights(embeddings, dimension, similarity);
  const queryRows = rowsOf(embeddings, dimension, queries);
  const referenceRows =
    queries === references ? queryRows : rowsOf(embeddings, dimension, references);
  // A list entry takes 8 bytes. If k is large, the queries are processed in chunks.
  const chunkRows = Math.max(1, Math.floor(listBytes / (8 * k) / blockRows)) * blockRows;
  // A product serves both of its items only if the lists of all queries are in memory.
  const isMirrored = queries === references && chunkRows >= queries.length;
  const dotProducts = await options.provider(dimension);
  try {
    for (let chunk = 0; chunk < queries.length; chunk += chunkRows) {
      const chunkEnd = Math.min(chunk + chunkRows, queries.length);
      const lists = new TopLists(chunkEnd - chunk, k);
      for (let top = chunk; top < chunkEnd; top += blockRows) {
        const bottom = Math.min(top + blockRows, chunkEnd);
        for (let left = isMirrored ? top : 0; left < references.length; left += blockRows) {
          const right = Math.min(left + blockRows, references.length);
          const products = await dotProducts.multiply(
            queryRows.subarray(top * dimension, bottom * dimension),
            referenceRows.subarray(left * dimension, right * dimension),
          );
          const block = { products, top, bottom, left, right, queries, references, ...weights };
          offerBlock(lists, chunk, block, isMirrored && left > top, options.onPair);
        }
      }
      for (let at = chunk; at < chunkEnd; at++) {
        const { indices, scores } = lists.sorted(at - chunk);
        if (similarity === "euclidean") squaredToDistances(scores);
        yield { query: queries[at]!, indices, scores };
      }
    }
  } finally {
    await dotProducts.release?.();
  }
}

function checkSizes({ embeddings, dimension, queries, references, k }: SearchOptions): void {
  const isMatrix = Number.isInteger(embeddings.length / dimension);
  if (isMatrix && k >= 1 && k <= maxNeighbors({ queries, references })) return;
  throw new PlumageError(
    "bad-input",
    `cannot find ${k} neighbors of each query: there are ${references.length} references, ` +
      `and ${embeddings.length} values in rows of ${dimension}`,
  );
}

/** A score is product * scale(query) * scale(reference) - offset(query) - offset(reference). */
interface ScoreWeights {
  /** One for each item. */
  readonly scales: Float64Array;
  readonly offsets: Float64Array;
}

function scoreWeights(
  embeddings: Float32Array,
  dimension: number,
  similarity: Similarity,
): ScoreWeights {
  const squares = squaredLengths(embeddings, dimension);
  const zeros = () => new Float64Array(squares.length);
  switch (similarity) {
    case "dot":
      return { scales: zeros().fill(1), offsets: zeros() };
    case "cosine":
      return {
        scales: squares.map((square) => (square > 0 ? 1 / Math.sqrt(square) : 0)),
        offsets: zeros(),
      };
    case "euclidean":
      return { scales: zeros().fill(Math.SQRT2), offsets: squares };
  }
}

/** Negated squared distances to negated distances, in place. */
function squaredToDistances(scores: Float32Array): void {
  for (let rank = 0; rank < scores.length; rank++)
    scores[rank] = -Math.sqrt(Math.max(0, -scores[rank]!));
}

interface Block extends SearchSets, ScoreWeights {
  /** [bottom - top, right - left] */
  readonly products: Float32Array;
  /** The block's range of queries. */
  readonly top: number;
  readonly bottom: number;
  /** The block's range of references. */
  readonly left: number;
  readonly right: number;
}

/**
 * Offers a block's scores to the lists of its queries and, if mirrored, to those of its references.
 * Every list is offered ascending items: first the columns of the blocks above the diagonal, then
 * the row from the diagonal on.
 */
function offerBlock(
  lists: TopLists,
  firstList: number,
  block: Block,
  isMirrored: boolean,
  onPair: OnPair | undefined,
): void {
  const { products, top, bottom, left, right, queries, references, scales, offsets } = block;
  const { thresholds } = lists;
  const columns = right - left;
  const columnItems = references.subarray(left, right);
  const columnScales = Float64Array.from(columnItems, (item) => scales[item]!);
  const columnOffsets = Float64Array.from(columnItems, (item) => offsets[item]!);
  for (let i = top; i < bottom; i++) {
    const query = queries[i]!;
    const [list, scale, offset] = [i - firstList, scales[query]!, offsets[query]!];
    const row = products.subarray((i - top) * columns, (i - top + 1) * columns);
    let threshold = thresholds[list]!;
    for (let j = 0; j < columns; j++) {
      const score = Math.fround(row[j]! * scale * columnScales[j]! - offset - columnOffsets[j]!);
      if (score > threshold && columnItems[j] !== query) {
        lists.offer(list, columnItems[j]!, score);
        threshold = thresholds[list]!;
      }
      if (isMirrored && score > thresholds[left + j - firstList]!)
        lists.offer(left + j - firstList, query, score);
      if (onPair && columnItems[j] !== query)
        onPair(query, columnItems[j]!, score, isMirrored ? 2 : 1);
    }
  }
}

/** The rows of some items; not copied if they are all the rows. */
function rowsOf(embeddings: Float32Array, dimension: number, items: Int32Array): Float32Array {
  if (items.length * dimension === embeddings.length) return embeddings;
  const rows = new Float32Array(items.length * dimension);
  items.forEach((item, at) => {
    rows.set(embeddings.subarray(item * dimension, (item + 1) * dimension), at * dimension);
  });
  return rows;
}

/** Products of longer rows would overflow single precision. */
const maxSquare = 1e38;

function squaredLengths(embeddings: Float32Array, dimension: number): Float64Array {
  const squares = new Float64Array(embeddings.length / dimension);
  for (let item = 0; item < squares.length; item++) {
    let square = 0;
    for (let i = item * dimension; i < (item + 1) * dimension; i++) square += embeddings[i]! ** 2;
    // Written so that NaN fails.
    if (!(square < maxSquare))
      throw new PlumageError("bad-input", `the embedding of item ${item} is not a finite vector`);
    squares[item] = square;
  }
  return squares;
}
