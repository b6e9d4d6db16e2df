/** The k best of many scores, for one query or for many at a time. */

/**
 * Top-k lists that are filled in parallel. Each is a binary heap with its worst entry at the root,
 * so a rejected offer, which nearly all are, costs one comparison and an accepted one log k steps;
 * k may be as large as a class.
 *
 * Ties go to the entry offered first, provided that each list is offered ascending indices.
 */
export class TopLists {
  readonly k: number;
  /** The score that an offer to each list must exceed; minus infinity until the list is full. */
  readonly thresholds: Float32Array;
  readonly #indices: Int32Array;
  readonly #scores: Float32Array;
  readonly #sizes: Int32Array;

  constructor(lists: number, k: number) {
    this.k = k;
    this.thresholds = new Float32Array(lists).fill(Number.NEGATIVE_INFINITY);
    this.#indices = new Int32Array(lists * k);
    this.#scores = new Float32Array(lists * k);
    this.#sizes = new Int32Array(lists);
  }

  /**
   * Adds an entry, in place of the worst once the list is full.
   *
   * @param score a float32 number above the list's threshold, not NaN
   */
  offer(list: number, index: number, score: number): void {
    const size = this.#sizes[list]!;
    const base = list * this.k;
    if (size < this.k) {
      this.#sizes[list] = size + 1;
      this.#siftUp(base, size, index, score);
    } else this.#siftDown(base, size, index, score);
    if (size >= this.k - 1) this.thresholds[list] = this.#scores[base]!;
  }

  /**
   * Sorts a list in place, best first, and returns views of it. Do not offer anything to the list
   * afterwards.
   */
  sorted(list: number): { indices: Int32Array; scores: Float32Array } {
    const base = list * this.k;
    const [indices, scores] = [this.#indices, this.#scores];
    // Heapsort: the worst remaining entry moves to the end.
    for (let last = this.#sizes[list]! - 1; last > 0; last--) {
      const [index, score] = [indices[base + last]!, scores[base + last]!];
      indices[base + last] = indices[base]!;
      scores[base + last] = scores[base]!;
      this.#siftDown(base, last, index, score);
    }
    const end = base + this.#sizes[list]!;
    return { indices: indices.subarray(base, end), scores: scores.subarray(base, end) };
  }

  /** Appends an entry to a heap of `size` and moves it up past better ones. */
  #siftUp(base: number, size: number, index: number, score: number): void {
    let at = size;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isWorse(index, score, base + parent)) break;
      this.#move(base + parent, base + at);
      at = parent;
    }
    this.#put(base + at, index, score);
  }

  /** Replaces the root of a heap of `size` by an entry and moves it down past worse ones. */
  #siftDown(base: number, size: number, index: number, score: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      const other = base + child + 1;
      if (
        child + 1 < size &&
        this.#isWorse(this.#indices[other]!, this.#scores[other]!, base + child)
      )
        child++;
      if (this.#isWorse(index, score, base + child)) break;
      this.#move(base + child, base + at);
      at = child;
    }
    this.#put(base + at, index, score);
  }

  #isWorse(index: number, score: number, slot: number): boolean {
    const other = this.#scores[slot]!;
    return score < other || (score === other && index > this.#indices[slot]!);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#indices[from]!, this.#scores[from]!);
  }

  #put(slot: number, index: number, score: number): void {
    this.#indices[slot] = index;
    this.#scores[slot] = score;
  }
}

/** A row and its score. */
export interface ScoredRow {
  readonly index: number;
  readonly score: number;
}

/**
 * The k best of a list of scores, best first; ties go to the lower row. NaN is skipped.
 *
 * @param accepts whether a row may be returned; called only for rows that would be among the best
 */
export function topK(
  scores: Float32Array,
  k: number,
  accepts: (row: number) => boolean = () => true,
): ScoredRow[] {
  if (k < 1) return [];
  const lists = new TopLists(1, Math.min(k, scores.length));
  let threshold = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row]!;
    // Written so that NaN fails.
    if (!(score > threshold) || !accepts(row)) continue;
    lists.offer(0, row, score);
    threshold = lists.thresholds[0]!;
  }
  const best = lists.sorted(0);
  return Array.from(best.indices, (index, rank) => ({ index, score: best.scores[rank]! }));
}
