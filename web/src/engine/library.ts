/** All that can be searched, as one list: the gallery's pictures first, then those of the person's own folder. */
import { refine } from "@plumage/models";
import type { EmbeddingRows } from "./cosines/cosines.ts";
import type { Hit, Refinement, Scope } from "./protocol.ts";
import { topK } from "./search.ts";

/** A stretch of the list. */
interface Part {
  readonly rows: EmbeddingRows;
  readonly labels: readonly string[];
}

export class Library {
  readonly #gallery: Part;
  #folder: Part | undefined;

  constructor(gallery: Part) {
    this.#gallery = gallery;
  }

  set folder(part: Part | undefined) {
    this.#folder = part;
  }

  /** The embedding of one picture. */
  row(index: number): Float32Array {
    const { count } = this.#gallery.rows;
    return index < count ? this.#gallery.rows.row(index) : this.#folder!.rows.row(index - count);
  }

  /**
   * The k pictures nearest to an embedding as it is refined, best first.
   *
   * @param without pictures that are left out beside the examples: the one that is searched by
   */
  nearest(embedding: Float32Array, k: number, refinement: Refinement, without: readonly number[]): Hit[] {
    const { more, less, label, scope } = refinement;
    const rows = (indices: readonly number[]) => indices.map((index) => this.row(index));
    const query = refine(embedding, rows(more), rows(less));
    const known = new Set([...without, ...more, ...less]);
    const wanted = label.toLowerCase();
    const best = this.#parts(scope).flatMap(([{ rows, labels }, first]) =>
      topK(rows.cosines(query), k, (row) => !known.has(first + row) && labels[row]!.toLowerCase().includes(wanted)).map(
        ({ index, score }) => ({ index: first + index, score }),
      ),
    );
    return best.sort((a, b) => b.score - a.score).slice(0, k);
  }

  /** The parts of a scope, with the place in the list where each begins. */
  #parts(scope: Scope): [Part, number][] {
    const parts: [Part, number][] = scope === "folder" ? [] : [[this.#gallery, 0]];
    if (scope !== "gallery" && this.#folder) parts.push([this.#folder, this.#gallery.rows.count]);
    return parts;
  }
}
