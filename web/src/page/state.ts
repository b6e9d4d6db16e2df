/** What the page shows, as one value, and how each event changes it. Pure: the views draw it, main.ts feeds it. */
import type { Answer, GalleryInfo, PictureAnswer, Progress, RuntimeInfo } from "../engine/protocol.ts";

/** What is searched by: a picture of the person's, or one of the gallery by its place. */
export type Query =
  | { readonly kind: "picture"; readonly name: string; readonly url: string }
  | { readonly kind: "entry"; readonly index: number };

export interface Shown {
  readonly query: Query;
  readonly answer: Answer | PictureAnswer;
}

export interface State {
  readonly gallery: GalleryInfo | undefined;
  readonly progress: Progress | undefined;
  readonly runtime: RuntimeInfo | undefined;
  /** The model will not come: pictures cannot be searched by in this visit. */
  readonly broken: boolean;
  /** A search that is under way, with its ticket. */
  readonly pending: { readonly ticket: number; readonly query: Query } | undefined;
  /** The last search that was answered; the gallery's examples are shown where there is none. */
  readonly shown: Shown | undefined;
  readonly error: string | undefined;
  /** Counts how often other examples were asked for. */
  readonly round: number;
}

export const initial: State = {
  gallery: undefined,
  progress: undefined,
  runtime: undefined,
  broken: false,
  pending: undefined,
  shown: undefined,
  error: undefined,
  round: 0,
};

export type Event =
  | { readonly kind: "gallery"; readonly gallery: GalleryInfo }
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "ready"; readonly runtime: RuntimeInfo }
  | { readonly kind: "broken"; readonly error: string }
  | { readonly kind: "asked"; readonly ticket: number; readonly query: Query }
  | { readonly kind: "answered"; readonly ticket: number; readonly answer: Answer | PictureAnswer }
  | { readonly kind: "failed"; readonly ticket: number; readonly error: string }
  | { readonly kind: "refused"; readonly error: string }
  | { readonly kind: "cleared" }
  | { readonly kind: "shuffled" };

/** The state after an event. Answers to a question that was overtaken by another change nothing. */
export function next(state: State, event: Event): State {
  switch (event.kind) {
    case "gallery":
      return { ...state, gallery: event.gallery };
    case "progress":
      return { ...state, progress: event.progress };
    case "ready":
      return { ...state, runtime: event.runtime };
    case "broken":
      return { ...state, broken: true, error: event.error };
    case "asked":
      return { ...state, pending: { ticket: event.ticket, query: event.query }, error: undefined };
    case "answered": {
      if (state.pending?.ticket !== event.ticket) return state;
      return { ...state, pending: undefined, shown: { query: state.pending.query, answer: event.answer } };
    }
    case "failed":
      return state.pending?.ticket === event.ticket ? { ...state, pending: undefined, error: event.error } : state;
    case "refused":
      return { ...state, error: event.error };
    case "cleared":
      return { ...state, pending: undefined, shown: undefined, error: undefined };
    case "shuffled":
      return { ...state, round: state.round + 1 };
  }
}

/** The pictures' addresses that a state needs; others can be let go of. */
export function addresses({ pending, shown }: State): Set<string> {
  const queries = [pending?.query, shown?.query];
  return new Set(queries.flatMap((query) => (query?.kind === "picture" ? [query.url] : [])));
}

/**
 * How many other pictures with the query's own label are among the hits, and how many there are; nothing for a picture
 * from outside, whose label is not known.
 */
export function sameLabel(
  { query, answer }: Shown,
  { entries }: GalleryInfo,
): { found: number; all: number } | undefined {
  if (query.kind !== "entry") return undefined;
  const { label } = entries[query.index]!;
  const all = entries.reduce((sum, entry) => sum + Number(entry.label === label), 0) - 1;
  return { found: answer.hits.filter(({ index }) => entries[index]!.label === label).length, all };
}
