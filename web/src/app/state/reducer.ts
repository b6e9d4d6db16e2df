/** How events change the state. Pure. */
import type { DownloadProgress } from "../../engine/files/downloads.ts";
import type { FolderProgress } from "../../engine/folder/embedFolder.ts";
import type { FolderInfo } from "../../engine/folder/userFolder.ts";
import type { RuntimeInfo } from "../../engine/protocol.ts";
import type { Scope } from "../../engine/search/combinedSearch.ts";
import type { GalleryInfo } from "../../engine/search/galleryPack.ts";
import { isSameInput, type Query } from "./query.ts";
import { galleryCount } from "./selectors.ts";
import type { Answers, SearchTarget, ServerState, State } from "./state.ts";

export type Event =
  | { readonly kind: "galleryLoaded"; readonly gallery: GalleryInfo }
  | { readonly kind: "downloadProgressed"; readonly progress: DownloadProgress }
  | { readonly kind: "runtimeChanged"; readonly runtime: RuntimeInfo }
  | { readonly kind: "engineFailed"; readonly error: string }
  | { readonly kind: "searchQueued"; readonly query: Query }
  | { readonly kind: "searchStarted"; readonly ticket: number; readonly query: Query }
  | { readonly kind: "searchAnswered"; readonly ticket: number; readonly answers: Answers }
  | { readonly kind: "searchFailed"; readonly ticket: number; readonly error: string }
  | { readonly kind: "searchCleared" }
  /** The user's input cannot be used. */
  | { readonly kind: "inputRejected"; readonly error: string }
  | { readonly kind: "labelChanged"; readonly label: string }
  | { readonly kind: "scopeChanged"; readonly scope: Scope }
  | { readonly kind: "targetChanged"; readonly target: SearchTarget }
  | { readonly kind: "serverChanged"; readonly server: ServerState }
  | { readonly kind: "folderChanged"; readonly folder: FolderInfo }
  | { readonly kind: "folderProgressed"; readonly progress: FolderProgress }
  | { readonly kind: "folderEnded"; readonly error: string | undefined }
  | { readonly kind: "sampleShuffled" };

/** As many as fit into one row on a phone. */
const maxRecent = 7;

export function reduce(state: State, event: Event): State {
  switch (event.kind) {
    case "galleryLoaded":
      return { ...state, gallery: event.gallery };
    case "downloadProgressed":
      return { ...state, progress: event.progress };
    case "runtimeChanged":
      return { ...state, runtime: event.runtime };
    case "engineFailed":
      return { ...state, isBroken: true, error: event.error };
    case "searchQueued":
    case "searchStarted":
    case "searchAnswered":
    case "searchFailed":
    case "searchCleared":
      return reduceSearch(state, event);
    case "inputRejected":
      return { ...state, error: event.error };
    case "labelChanged":
      return { ...state, label: event.label };
    case "scopeChanged":
      return { ...state, scope: event.scope };
    case "targetChanged":
      return { ...state, target: event.target };
    case "serverChanged": {
      const target = event.server.kind === "connected" ? state.target : "device";
      return { ...state, server: event.server, target };
    }
    case "folderChanged":
      return withFolder(state, event.folder);
    case "folderProgressed": {
      const folder = { ...state.folder, progress: event.progress, error: undefined };
      return { ...state, folder };
    }
    case "folderEnded": {
      const { progress } = state.folder;
      const canResume = progress !== undefined && progress.done < progress.total;
      const folder = { ...state.folder, progress: undefined, error: event.error, canResume };
      return { ...state, folder };
    }
    case "sampleShuffled":
      return { ...state, shuffles: state.shuffles + 1 };
  }
}

type SearchEvent = Extract<Event, { kind: `search${string}` }>;

function reduceSearch(state: State, event: SearchEvent): State {
  switch (event.kind) {
    case "searchQueued":
      return { ...state, queued: event.query };
    case "searchStarted": {
      const { ticket, query } = event;
      const pending = { ticket, query, target: state.target };
      return { ...state, pending, queued: undefined, error: undefined };
    }
    case "searchAnswered": {
      // A newer search has replaced this one.
      if (state.pending?.ticket !== event.ticket) return state;
      const { query, target } = state.pending;
      const others = state.recent.filter(({ input }) => !isSameInput(input, query.input));
      return {
        ...state,
        pending: undefined,
        results: { query, target, ...event.answers },
        error: event.answers.serverError,
        recent: [query, ...others].slice(0, maxRecent),
      };
    }
    case "searchFailed":
      if (state.pending?.ticket !== event.ticket) return state;
      return { ...state, pending: undefined, error: event.error };
    case "searchCleared":
      return {
        ...state,
        pending: undefined,
        queued: undefined,
        results: undefined,
        error: undefined,
      };
  }
}

/** Replaces the folder's entries, and drops whatever refers to an old one by its index. */
function withFolder(state: State, { summary, entries }: FolderInfo): State {
  const gallery = state.gallery!;
  const folder = { ...state.folder, summary };
  // Most visits have no folder; the gallery and what is drawn of it stay the same.
  if (gallery.folderCount === 0 && entries.length === 0) return { ...state, folder };
  const end = galleryCount(gallery);
  const isValid = ({ input, more, less }: Query) =>
    [...(input.kind === "entry" ? [input.index] : []), ...more, ...less].every((i) => i < end);
  const { results, pending, queued } = state;
  const keepsResults =
    results && isValid(results.query) && results.answer.hits.every(({ index }) => index < end);
  return {
    ...state,
    gallery: {
      ...gallery,
      entries: [...gallery.entries.slice(0, end), ...entries],
      folderCount: entries.length,
    },
    folder,
    scope: entries.length > 0 ? state.scope : "gallery",
    results: keepsResults ? results : undefined,
    pending: pending && isValid(pending.query) ? pending : undefined,
    queued: queued && isValid(queued) ? queued : undefined,
    recent: state.recent.filter(isValid),
  };
}
