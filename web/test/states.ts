/** Queries, answers and states for tests. */

import { plainQuery, type Query } from "../src/app/state/query.ts";
import { type Event, reduce } from "../src/app/state/reducer.ts";
import { initialState, type State } from "../src/app/state/state.ts";
import type { GalleryInfo } from "../src/engine/search/galleryPack.ts";

const blob = new Blob();

export const imageQuery = (url: string): Query =>
  plainQuery({ kind: "image", name: `${url}.png`, url, blob });

export const entryQuery = (index: number): Query => plainQuery({ kind: "entry", index });

export const answerOf = (...indices: number[]) => ({
  hits: indices.map((index) => ({ index, score: 1 })),
  timings: { search: 1 },
});

export const galleryOf = (...labels: string[]): GalleryInfo => ({
  title: "",
  entries: labels.map((label, i) => ({
    id: `${i}`,
    label,
    source: undefined,
    thumbnail: [0, 1] as const,
  })),
  attributions: [],
  thumbnails: blob,
  folderCount: 0,
  takesWords: false,
});

export const folderOf = (...labels: string[]) => ({
  summary: undefined,
  entries: labels.map((label) => ({
    id: `folder:${label}`,
    label,
    source: "holiday",
    thumbnail: blob,
  })),
});

/** The state after some events. */
export const stateAfter = (...events: Event[]): State => events.reduce(reduce, initialState);

/** A search and its answer. */
export const searchEvents = (ticket: number, query: Query, ...indices: number[]): Event[] => [
  { kind: "searchStarted", ticket, query },
  { kind: "searchAnswered", ticket, answers: { answer: answerOf(...indices) } },
];
