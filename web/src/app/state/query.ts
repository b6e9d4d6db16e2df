/** What a search is for, and the changes that refine it. */
import { type Box, maxTextLength } from "@plumage/models";

/** An image of the user. */
export interface ImageInput {
  readonly kind: "image";
  readonly name: string;
  /** Of the blob; identifies the image. */
  readonly url: string;
  readonly blob: Blob;
}

/** Words that describe what to find. */
export interface TextInput {
  readonly kind: "text";
  readonly text: string;
}

/** What is searched for: an image of the user, one of the gallery by its index, or words. */
export type QueryInput =
  | ImageInput
  | TextInput
  | { readonly kind: "entry"; readonly index: number };

export interface Query {
  readonly input: QueryInput;
  /** The crop of a user's image; undefined for the whole image. */
  readonly box: Box | undefined;
  /** Indices of examples for and against. */
  readonly more: readonly number[];
  readonly less: readonly number[];
}

/** Words as they are searched for: without the space around them, and not too many. */
export const cleanText = (text: string): string => text.trim().slice(0, maxTextLength).trim();

/** A query for a whole image or a text, without examples. */
export const plainQuery = (input: QueryInput): Query => ({
  input,
  box: undefined,
  more: [],
  less: [],
});

/** Whether two inputs are the same image or the same words. */
export function isSameInput(a: QueryInput, b: QueryInput): boolean {
  if (a.kind === "entry") return b.kind === "entry" && a.index === b.index;
  if (a.kind === "text") return b.kind === "text" && a.text === b.text;
  return b.kind === "image" && a.url === b.url;
}

/** Adds an image as an example for or against; if it is one already, removes it. */
export function toggleExample(query: Query, index: number, side: "more" | "less"): Query {
  const without = (list: readonly number[]) => list.filter((other) => other !== index);
  const rest = { ...query, more: without(query.more), less: without(query.less) };
  return query[side].includes(index) ? rest : { ...rest, [side]: [...rest[side], index] };
}
