/**
 * All that can be searched, as one list: the gallery's images first, then those of the person's own
 * folder.
 */
import { refine } from "@plumage/models";
import type { Hit, Refinement, Scope } from "../protocol.ts";
import type { RowSearch } from "./vectorSearch.ts";

/** A stretch of the list. */
interface Part {
  readonly search: RowSearch;
  readonly labels: readonly string[];
}

export class Library {
  readonly gallery: Part;
  #folder: Part | undefined;

  constructor(gallery: Part) {
    this.gallery = gallery;
  }

  set folder(part: Part | undefined) {
    this.#folder = part;
  }

  /** The embedding of one image. */
  row(index: number): Float32Array {
    const { rows } = this.gallery.search;
    return index < rows.count ? rows.row(index) : this.#folder!.search.rows.row(index - rows.count);
  }

  /**
   * The k images nearest to an embedding as it is refined, best first.
   *
   * @param without images that are left out beside the examples: the one that is searched by
   */
  async nearest(
    embedding: Float32Array,
    k: number,
    refinement: Refinement,
    without: readonly number[],
  ): Promise<Hit[]> {
    const { more, less, label, scope } = refinement;
    const rows = (indices: readonly number[]) => indices.map((index) => this.row(index));
    const query = refine(embedding, rows(more), rows(less));
    const known = new Set([...without, ...more, ...less]);
    const wanted = label.toLowerCase();
    const parts = this.#parts(scope).map(async ([{ search, labels }, first]) => {
      const accepts = (row: number) =>
        !known.has(first + row) && labels[row]!.toLowerCase().includes(wanted);
      const best = await search.best(query, k, accepts);
      return best.map(({ index, score }) => ({ index: first + index, score }));
    });
    const best = (await Promise.all(parts)).flat();
    return best.sort((a, b) => b.score - a.score).slice(0, k);
  }

  /** The parts of a scope, with the place in the list where each begins. */
  #parts(scope: Scope): [Part, number][] {
    const parts: [Part, number][] = scope === "folder" ? [] : [[this.gallery, 0]];
    if (scope !== "gallery" && this.#folder)
      parts.push([this.#folder, this.gallery.search.rows.count]);
    return parts;
  }
}
