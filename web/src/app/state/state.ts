/**
 * What the page shows, as one value, and how each event changes it. Pure: the views draw it, app.ts
 * feeds it.
 */
import type { Box } from "@plumage/models";
import type { FolderProgress } from "../../engine/folder/embedFolder.ts";
import type {
  Answer,
  FolderInfo,
  GalleryInfo,
  ImageAnswer,
  Progress,
  RuntimeInfo,
  Scope,
} from "../../engine/protocol.ts";
import type { ServerAnswer } from "../server/searchServer.ts";

/** What is searched by: an image of the person's, or one of the gallery by its place. */
export type Subject =
  | { readonly kind: "image"; readonly name: string; readonly url: string; readonly blob: Blob }
  | { readonly kind: "entry"; readonly index: number };

export interface Query {
  readonly subject: Subject;
  /** The part of a person's image that is meant; all of it where there is none. */
  readonly box: Box | undefined;
  /** Places of images that are more like what is meant, and less like it. */
  readonly more: readonly number[];
  readonly less: readonly number[];
}

/** A query for all of something, with no examples yet. */
export const plainQuery = (subject: Subject): Query => ({
  subject,
  box: undefined,
  more: [],
  less: [],
});

/** Who searches. */
export const whereNames = ["device", "server", "both"] as const;
export type Where = (typeof whereNames)[number];

/** The server that can be asked, or why there is none. */
export type ServerState =
  | { readonly kind: "looking" }
  | { readonly kind: "none"; readonly reason: string }
  | { readonly kind: "there"; readonly host: string; readonly items: number };

export interface Answers {
  readonly answer: Answer | ImageAnswer | ServerAnswer;
  /** The server's, beside the device's. */
  readonly other?: ServerAnswer | undefined;
  /** Why the server's is not there, though it was wanted. */
  readonly problem?: string | undefined;
}

export interface Shown extends Answers {
  readonly query: Query;
  readonly where: Where;
}

export interface State {
  readonly gallery: GalleryInfo | undefined;
  readonly progress: Progress | undefined;
  readonly runtime: RuntimeInfo | undefined;
  /** The model will not come: images cannot be searched by in this visit. */
  readonly broken: boolean;
  readonly where: Where;
  readonly server: ServerState;
  readonly folder: {
    readonly about: FolderInfo["about"];
    /** While it is being embedded. */
    readonly progress: FolderProgress | undefined;
    readonly problem: string | undefined;
    /** It was interrupted in this visit, which still has its files. */
    readonly canGoOn: boolean;
  };
  /** What of the two is searched, and shown before anything is. */
  readonly scope: Scope;
  /** A search that is under way, with its ticket. */
  readonly pending:
    | { readonly ticket: number; readonly query: Query; readonly where: Where }
    | undefined;
  /** The last search that was answered; the gallery's examples are shown where there is none. */
  readonly shown: Shown | undefined;
  readonly error: string | undefined;
  /** Only images whose label contains this are shown. */
  readonly label: string;
  /** What was searched by in this visit, the latest first, one entry a subject. */
  readonly recent: readonly Query[];
  /** Counts how often other examples were asked for. */
  readonly round: number;
}

export const initial: State = {
  gallery: undefined,
  progress: undefined,
  runtime: undefined,
  broken: false,
  where: "device",
  server: { kind: "looking" },
  folder: { about: undefined, progress: undefined, problem: undefined, canGoOn: false },
  scope: "gallery",
  pending: undefined,
  shown: undefined,
  error: undefined,
  label: "",
  recent: [],
  round: 0,
};

export type Event =
  | { readonly kind: "gallery"; readonly gallery: GalleryInfo }
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "ready"; readonly runtime: RuntimeInfo }
  | { readonly kind: "broken"; readonly error: string }
  | { readonly kind: "asked"; readonly ticket: number; readonly query: Query }
  | { readonly kind: "answered"; readonly ticket: number; readonly answers: Answers }
  | { readonly kind: "failed"; readonly ticket: number; readonly error: string }
  | { readonly kind: "refused"; readonly error: string }
  | { readonly kind: "filtered"; readonly label: string }
  | { readonly kind: "where"; readonly where: Where }
  | { readonly kind: "server"; readonly server: ServerState }
  | { readonly kind: "folder"; readonly folder: FolderInfo }
  | { readonly kind: "folderProgress"; readonly progress: FolderProgress }
  | { readonly kind: "folderEnded"; readonly problem: string | undefined }
  | { readonly kind: "scope"; readonly scope: Scope }
  | { readonly kind: "cleared" }
  | { readonly kind: "shuffled" };

/** As many as stand in one row on a phone. */
const mostRecent = 7;

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
      return {
        ...state,
        pending: { ticket: event.ticket, query: event.query, where: state.where },
        error: undefined,
      };
    case "answered": {
      if (state.pending?.ticket !== event.ticket) return state;
      const { query, where } = state.pending;
      const others = state.recent.filter(({ subject }) => !sameSubject(subject, query.subject));
      const recent = [query, ...others].slice(0, mostRecent);
      return {
        ...state,
        pending: undefined,
        shown: { query, where, ...event.answers },
        error: event.answers.problem,
        recent,
      };
    }
    case "failed":
      return state.pending?.ticket === event.ticket
        ? { ...state, pending: undefined, error: event.error }
        : state;
    case "refused":
      return { ...state, error: event.error };
    case "filtered":
      return { ...state, label: event.label };
    case "where":
      return { ...state, where: event.where };
    case "server": {
      const where = event.server.kind === "there" ? state.where : "device";
      return { ...state, server: event.server, where };
    }
    case "folder":
      return withFolder(state, event.folder);
    case "folderProgress":
      return {
        ...state,
        folder: { ...state.folder, progress: event.progress, problem: undefined },
      };
    case "folderEnded": {
      const { progress } = state.folder;
      const canGoOn = progress !== undefined && progress.done < progress.total;
      return {
        ...state,
        folder: { ...state.folder, progress: undefined, problem: event.problem, canGoOn },
      };
    }
    case "scope":
      return { ...state, scope: event.scope };
    case "cleared":
      return { ...state, pending: undefined, shown: undefined, error: undefined };
    case "shuffled":
      return { ...state, round: state.round + 1 };
  }
}

/** How many of a gallery's entries are not the person's own. */
export const packed = ({ entries, own }: GalleryInfo): number => entries.length - own;

/**
 * The gallery with another folder behind it. What was about the images of the old one goes: their
 * places are others' now.
 */
function withFolder(state: State, { about, entries }: FolderInfo): State {
  const gallery = state.gallery!;
  // As at the start of most visits: nothing was there, and nothing is.
  if (gallery.own === 0 && entries.length === 0)
    return { ...state, folder: { ...state.folder, about } };
  const end = packed(gallery);
  const stays = ({ subject, more, less }: Query) =>
    [...(subject.kind === "entry" ? [subject.index] : []), ...more, ...less].every(
      (index) => index < end,
    );
  const { shown } = state;
  const isShown =
    shown && stays(shown.query) && shown.answer.hits.every(({ index }) => index < end);
  return {
    ...state,
    gallery: {
      ...gallery,
      entries: [...gallery.entries.slice(0, end), ...entries],
      own: entries.length,
    },
    folder: { ...state.folder, about },
    scope: entries.length > 0 ? state.scope : "gallery",
    shown: isShown ? shown : undefined,
    pending: state.pending && stays(state.pending.query) ? state.pending : undefined,
    recent: state.recent.filter(stays),
  };
}

/** Whether two queries begin with the same image, whatever box or examples they have. */
export const sameSubject = (a: Subject, b: Subject): boolean =>
  a.kind === "entry"
    ? b.kind === "entry" && a.index === b.index
    : b.kind === "image" && a.url === b.url;

/** The query that the page is about: the one under way, else the one that was answered. */
export const currentQuery = ({ pending, shown }: State): Query | undefined =>
  pending?.query ?? shown?.query;

/**
 * A query with an image as an example for or against; an image that is one already is taken back.
 */
export function withExample(query: Query, index: number, side: "more" | "less"): Query {
  const others = (list: readonly number[]) => list.filter((other) => other !== index);
  const is = query[side].includes(index);
  const rest = { ...query, more: others(query.more), less: others(query.less) };
  return is ? rest : { ...rest, [side]: [...rest[side], index] };
}

/** The images' addresses that a state needs; others can be let go of. */
export function addresses(state: State): Set<string> {
  const queries = [state.pending?.query, state.shown?.query, ...state.recent];
  return new Set(
    queries.flatMap((query) => (query?.subject.kind === "image" ? [query.subject.url] : [])),
  );
}

/**
 * How many other images with the query's own label are among the hits, and how many there are;
 * nothing for an image from outside, whose label is not known.
 */
export function sameLabel(
  { query: { subject }, answer }: Shown,
  { entries }: GalleryInfo,
): { found: number; all: number } | undefined {
  if (subject.kind !== "entry") return undefined;
  const { label } = entries[subject.index]!;
  const all = entries.reduce((sum, entry) => sum + Number(entry.label === label), 0) - 1;
  return { found: answer.hits.filter(({ index }) => entries[index]!.label === label).length, all };
}
