/** Many lists that each keep the k best of what they are offered. */

/**
 * A binary heap for each list, its worst entry at the root, so that an offer costs one comparison
 * where it is refused, as nearly all are, and log k steps where it is taken: k may be the size of a
 * large class.
 *
 * Of equal scores the one that was offered first is kept and comes first, if a list's indices are
 * offered in ascending order.
 */
export class TopLists {
  readonly k: number;
  /** What an offer to each list has to exceed; minus infinity while the list is not full. */
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

  /** @param score a float32 number above the list's threshold; no NaN */
  offer(list: number, index: number, score: number): void {
    const size = this.#sizes[list]!;
    const base = list * this.k;
    if (size < this.k) {
      this.#sizes[list] = size + 1;
      this.#rise(base, size, index, score);
    } else this.#sink(base, size, index, score);
    if (size >= this.k - 1) this.thresholds[list] = this.#scores[base]!;
  }

  /**
   * Brings a list into order, best first, and gives views of it; nothing may be offered to it
   * afterwards.
   */
  sorted(list: number): { indices: Int32Array; scores: Float32Array } {
    const base = list * this.k;
    const [indices, scores] = [this.#indices, this.#scores];
    // Heapsort: the worst of those left goes to the end.
    for (let last = this.#sizes[list]! - 1; last > 0; last--) {
      const [index, score] = [indices[base + last]!, scores[base + last]!];
      indices[base + last] = indices[base]!;
      scores[base + last] = scores[base]!;
      this.#sink(base, last, index, score);
    }
    const end = base + this.#sizes[list]!;
    return { indices: indices.subarray(base, end), scores: scores.subarray(base, end) };
  }

  /** Puts an entry at the end of a heap of `size` and lets it rise past better ones. */
  #rise(base: number, size: number, index: number, score: number): void {
    let at = size;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#worse(index, score, base + parent)) break;
      this.#move(base + parent, base + at);
      at = parent;
    }
    this.#put(base + at, index, score);
  }

  /**
   * Puts an entry in the place of the root of a heap of `size` and lets it sink past worse ones.
   */
  #sink(base: number, size: number, index: number, score: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      const other = base + child + 1;
      if (
        child + 1 < size &&
        this.#worse(this.#indices[other]!, this.#scores[other]!, base + child)
      )
        child++;
      if (this.#worse(index, score, base + child)) break;
      this.#move(base + child, base + at);
      at = child;
    }
    this.#put(base + at, index, score);
  }

  #worse(index: number, score: number, place: number): boolean {
    const there = this.#scores[place]!;
    return score < there || (score === there && index > this.#indices[place]!);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#indices[from]!, this.#scores[from]!);
  }

  #put(place: number, index: number, score: number): void {
    this.#indices[place] = index;
    this.#scores[place] = score;
  }
}
