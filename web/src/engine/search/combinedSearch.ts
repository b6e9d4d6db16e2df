/** Search over the gallery and the user's folder as one list: gallery images come first. */
import { type Calibration, confidences, refine } from "@plumage/models";
import { labelContains } from "./labels.ts";
import type { VectorSearch } from "./vectorSearch.ts";

/** What is searched: the gallery, the user's folder, or both. */
export const scopes = ["gallery", "folder", "all"] as const;
export type Scope = (typeof scopes)[number];

/** An image of the list, with its cosine to the query. */
export interface Hit {
  readonly index: number;
  readonly score: number;
  /** Probability that it is of the query's class; undefined for texts, or without a calibration. */
  readonly confidence?: number | undefined;
}

/** What modifies a search, apart from its query. */
export interface SearchOptions {
  /** Examples for and against, which are excluded from the results. */
  readonly more: readonly number[];
  readonly less: readonly number[];
  /** Keeps labels that contain this text, ignoring case; empty for all. */
  readonly label: string;
  readonly scope: Scope;
}

/** A contiguous part of the list. */
interface Section {
  readonly search: VectorSearch;
  readonly labels: readonly string[];
}

export class CombinedSearch {
  readonly gallery: Section;
  folder: Section | undefined;
  readonly #calibration: Calibration | undefined;

  constructor(gallery: Section, calibration?: Calibration) {
    this.gallery = gallery;
    this.#calibration = calibration;
  }

  /** The embedding of one image of the list, unit length. */
  embedding(index: number): Float32Array {
    const { rows } = this.gallery.search;
    return index < rows.count ? rows.row(index) : this.folder!.search.rows.row(index - rows.count);
  }

  /**
   * The k images nearest to a refined query, best first.
   *
   * @param query [dimension], unit length
   * @param excluded images that are not returned, in addition to the examples
   * @param isText whether the query is a text: the calibration is of images
   */
  async nearest(
    query: Float32Array,
    k: number,
    { more, less, label, scope }: SearchOptions,
    excluded: readonly number[],
    isText = false,
  ): Promise<Hit[]> {
    const calibration = isText ? undefined : this.#calibration;
    const embeddings = (indices: readonly number[]) => indices.map((i) => this.embedding(i));
    const refined = refine(query, embeddings(more), embeddings(less));
    const skipped = new Set([...excluded, ...more, ...less]);
    // A confidence compares more neighbors than a short list has.
    const depth = Math.max(k, calibration?.depth ?? 0);
    const found = await Promise.all(
      this.#sections(scope).map(async ([{ search, labels }, offset]) => {
        const accepts = (row: number) =>
          !skipped.has(offset + row) && labelContains(labels[row]!, label);
        const hits = await search.nearest(refined, depth, accepts);
        return hits.map(({ index, score }) => ({
          index: offset + index,
          score,
          label: labels[index]!,
        }));
      }),
    );
    const ranked = found.flat().sort((a, b) => b.score - a.score);
    const judged = calibration && confidences(ranked, calibration);
    return ranked
      .slice(0, k)
      .map(({ index, score }, rank) => ({ index, score, confidence: judged?.[rank] }));
  }

  /** The sections of a scope, with the index of each one's first image. */
  #sections(scope: Scope): [Section, number][] {
    const sections: [Section, number][] = scope === "folder" ? [] : [[this.gallery, 0]];
    if (scope !== "gallery" && this.folder)
      sections.push([this.folder, this.gallery.search.rows.count]);
    return sections;
  }
}
