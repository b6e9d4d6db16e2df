/** What a search is for, and the changes that refine it. */
import type { Box } from "@plumage/models";

/** An image of the user. */
export interface ImageInput {
  readonly kind: "image";
  readonly name: string;
  /** Of the blob; identifies the image. */
  readonly url: string;
  readonly blob: Blob;
}

/** What is searched for: an image of the user, or one of the gallery by its index. */
export type QueryInput = ImageInput | { readonly kind: "entry"; readonly index: number };

export interface Query {
  readonly input: QueryInput;
  /** The crop of a user's image; undefined for the whole image. */
  readonly box: Box | undefined;
  /** Indices of examples for and against. */
  readonly more: readonly number[];
  readonly less: readonly number[];
}

/** A query for a whole image, without examples. */
export const plainQuery = (input: QueryInput): Query => ({
  input,
  box: undefined,
  more: [],
  less: [],
});

/** Whether two inputs are the same image. */
export const isSameInput = (a: QueryInput, b: QueryInput): boolean =>
  a.kind === "entry"
    ? b.kind === "entry" && a.index === b.index
    : b.kind === "image" && a.url === b.url;

/** Adds an image as an example for or against; if it is one already, removes it. */
export function toggleExample(query: Query, index: number, side: "more" | "less"): Query {
  const without = (list: readonly number[]) => list.filter((other) => other !== index);
  const rest = { ...query, more: without(query.more), less: without(query.less) };
  return query[side].includes(index) ? rest : { ...rest, [side]: [...rest[side], index] };
}
