/** Exact nearest neighbors: block products by onnxruntime, selection by a short loop. */
import { availableParallelism } from "node:os";
import { recordModel } from "@plumage/export/recorder";
import { PlumageError } from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import * as ort from "onnxruntime-node";
import { TopLists } from "./topLists.ts";

export const distanceNames = ["cosine", "euclidean"] as const;
export type DistanceName = (typeof distanceNames)[number];

/**
 * Item numbers, ascending: what is looked for, and what it is looked for among. An item never finds
 * itself.
 */
export interface SearchSets {
  readonly queries: Int32Array;
  readonly references: Int32Array;
}

/** Leave-one-out: every item is looked for among all the others. */
export function everyItem(count: number): SearchSets {
  const all = Int32Array.from({ length: count }, (_, item) => item);
  return { queries: all, references: all };
}

export interface SearchOptions extends SearchSets {
  /** [items, dimension], of any length. */
  readonly embeddings: Float32Array;
  readonly dimension: number;
  /** Neighbors of each query, at most as many references as every query has. */
  readonly k: number;
  readonly distance?: DistanceName;
  /** Bytes for the lists that are filled at the same time; default 512 MiB. */
  readonly listBytes?: number;
}

export interface NeighborsOfOne {
  /** An item number. */
  readonly query: number;
  /** [k] item numbers, nearest first; of equal scores the lower number comes first. */
  readonly indices: Int32Array;
  /**
   * [k] cosine similarities (0 with a zero row), or Euclidean distances with a minus: higher is
   * nearer.
   */
  readonly scores: Float32Array;
}

/** Rows of a block of either side: a square of scores is 4 MB. */
const blockRows = 1024;

/**
 * The k nearest references of each query, query after query. Beside the embeddings and at most one
 * copy of each set, memory is bounded whatever the number of items and k are.
 *
 * Scores are products in single precision, as faiss's and torch.cdist's are. In leave-one-out each
 * pair is multiplied once and counts for both.
 *
 * @throws PlumageError "bad-input" if the sizes do not fit or a value is not a finite number
 */
export async function* search(options: SearchOptions): AsyncGenerator<NeighborsOfOne> {
  const {
    embeddings,
    dimension,
    queries,
    references,
    k,
    distance = "cosine",
    listBytes = 512 * 2 ** 20,
  } = options;
  const count = embeddings.length / dimension;
  const most = references.length - (overlap({ queries, references }) ? 1 : 0);
  if (!Number.isInteger(count) || k < 1 || k > most) {
    const sizes = `${embeddings.length} values as rows of ${dimension}, ${references.length} of them references`;
    throw new PlumageError("bad-input", `cannot find ${k} neighbors of each query in ${sizes}`);
  }
  const squares = squaredLengths(embeddings, dimension);
  // A score is product * scale(query) * scale(reference) - offset(query) - offset(reference).
  const [scales, offsets] =
    distance === "cosine"
      ? [squares.map((square) => (square > 0 ? 1 / Math.sqrt(square) : 0)), new Float64Array(count)]
      : [new Float64Array(count).fill(Math.SQRT2), squares];
  const queryRows = gathered(embeddings, dimension, queries);
  const referenceRows =
    queries === references ? queryRows : gathered(embeddings, dimension, references);
  // 8 bytes an entry; a large k takes the queries a chunk at a time.
  const perChunk = Math.max(1, Math.floor(listBytes / (8 * k) / blockRows)) * blockRows;
  // Lists of another chunk cannot be offered what is found on the way.
  const mirrors = queries === references && perChunk >= queries.length;
  const session = await productSession(dimension);
  const rowsOf = (rows: Float32Array, start: number, end: number) =>
    new ort.Tensor("float32", rows.subarray(start * dimension, end * dimension), [
      end - start,
      dimension,
    ]);
  try {
    for (let chunk = 0; chunk < queries.length; chunk += perChunk) {
      const chunkEnd = Math.min(chunk + perChunk, queries.length);
      const lists = new TopLists(chunkEnd - chunk, k);
      for (let top = chunk; top < chunkEnd; top += blockRows) {
        const bottom = Math.min(top + blockRows, chunkEnd);
        for (let left = 0; left < references.length; left += blockRows) {
          const right = Math.min(left + blockRows, references.length);
          if (mirrors && left < top) continue;
          const inputs = {
            queries: rowsOf(queryRows, top, bottom),
            references: rowsOf(referenceRows, left, right),
          };
          const products = (await session.run(inputs)).products!;
          const data = products.data as Float32Array;
          const block = {
            products: data,
            top,
            bottom,
            left,
            right,
            queries,
            references,
            scales,
            offsets,
          };
          offerBlock(lists, chunk, block, mirrors && left > top);
          products.dispose();
        }
      }
      for (let at = chunk; at < chunkEnd; at++) {
        const { indices, scores } = lists.sorted(at - chunk);
        if (distance === "euclidean") {
          for (let rank = 0; rank < scores.length; rank++)
            scores[rank] = -Math.sqrt(Math.max(0, -scores[rank]!));
        }
        yield { query: queries[at]!, indices, scores };
      }
    }
  } finally {
    await session.release();
  }
}

interface Block extends SearchSets {
  /** [bottom - top, right - left] */
  readonly products: Float32Array;
  /** Places of the block's queries and references among all of them. */
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  /** Of every item. */
  readonly scales: Float64Array;
  readonly offsets: Float64Array;
}

/**
 * Offers a block's scores to the lists of its queries, and if it is mirrored to those of its
 * references as well. Every list is offered ascending numbers: columns of the blocks above the
 * diagonal first, then the row from the diagonal on.
 */
function offerBlock(lists: TopLists, firstList: number, block: Block, mirrored: boolean): void {
  const { products, top, bottom, left, right, queries, references, scales, offsets } = block;
  const { thresholds } = lists;
  const columns = right - left;
  const columnScales = Float64Array.from(
    { length: columns },
    (_, j) => scales[references[left + j]!]!,
  );
  const columnOffsets = Float64Array.from(
    { length: columns },
    (_, j) => offsets[references[left + j]!]!,
  );
  for (let i = top; i < bottom; i++) {
    const query = queries[i]!;
    const [list, scale, offset] = [i - firstList, scales[query]!, offsets[query]!];
    const row = products.subarray((i - top) * columns, (i - top + 1) * columns);
    let threshold = thresholds[list]!;
    for (let j = 0; j < columns; j++) {
      const score = Math.fround(row[j]! * scale * columnScales[j]! - offset - columnOffsets[j]!);
      if (score > threshold && references[left + j] !== query) {
        lists.offer(list, references[left + j]!, score);
        threshold = thresholds[list]!;
      }
      if (mirrored && score > thresholds[left + j - firstList]!)
        lists.offer(left + j - firstList, query, score);
    }
  }
}

/** Whether any query is a reference, and so has one fewer to find. Both are ascending. */
export function overlap({ queries, references }: SearchSets): boolean {
  if (queries === references) return true;
  const known = new Set(references);
  return queries.some((query) => known.has(query));
}

/** The rows of some items, without a copy if they are all of them. */
function gathered(embeddings: Float32Array, dimension: number, items: Int32Array): Float32Array {
  if (items.length * dimension === embeddings.length) return embeddings;
  const rows = new Float32Array(items.length * dimension);
  items.forEach((item, place) => {
    rows.set(embeddings.subarray(item * dimension, (item + 1) * dimension), place * dimension);
  });
  return rows;
}

/** Longer rows would leave single precision when they are multiplied. */
const longestSquare = 1e38;

function squaredLengths(embeddings: Float32Array, dimension: number): Float64Array {
  const squares = new Float64Array(embeddings.length / dimension);
  for (let item = 0; item < squares.length; item++) {
    let square = 0;
    for (let i = item * dimension; i < (item + 1) * dimension; i++) square += embeddings[i]! ** 2;
    if (!(square < longestSquare))
      throw new PlumageError("bad-input", `the embedding of item ${item} is not a finite vector`);
    squares[item] = square;
  }
  return squares;
}

/** queries [Q, dimension] x references [R, dimension] -> products [Q, R]. */
function productSession(dimension: number): Promise<ort.InferenceSession> {
  const { bytes } = recordModel(
    ({ queries, references }) => ({
      products: tf.matMul(queries as tf.Tensor2D, references as tf.Tensor2D, false, true),
    }),
    {
      queries: { shape: ["Q", dimension], type: "float32" },
      references: { shape: ["R", dimension], type: "float32" },
    },
    { name: "products" },
  );
  return ort.InferenceSession.create(bytes, {
    intraOpNumThreads: availableParallelism(),
    logSeverityLevel: 3,
  });
}
