/** Everything that the page shows, as one immutable value. */
import type { DownloadProgress } from "../../engine/files/downloads.ts";
import type { FolderProgress } from "../../engine/folder/embedFolder.ts";
import type { FolderSummary } from "../../engine/folder/userFolder.ts";
import type { Answer, ImageAnswer, RuntimeInfo } from "../../engine/protocol.ts";
import type { Scope } from "../../engine/search/combinedSearch.ts";
import type { GalleryInfo } from "../../engine/search/galleryPack.ts";
import type { ServerAnswer } from "../server/searchServer.ts";
import type { Query } from "./query.ts";

/** Where to search. */
export const searchTargets = ["device", "server", "both"] as const;
export type SearchTarget = (typeof searchTargets)[number];

export type ServerState =
  | { readonly kind: "connecting" }
  | { readonly kind: "unavailable"; readonly reason: string }
  | { readonly kind: "connected"; readonly host: string; readonly items: number };

export interface Answers {
  readonly answer: Answer | ImageAnswer | ServerAnswer;
  /** The server's answer, if device and server were both searched. */
  readonly serverAnswer?: ServerAnswer | undefined;
  /** Why there is no server answer in that case. */
  readonly serverError?: string | undefined;
}

export interface Results extends Answers {
  readonly query: Query;
  readonly target: SearchTarget;
}

export interface FolderState {
  readonly summary: FolderSummary | undefined;
  /** Set while the folder is being embedded. */
  readonly progress: FolderProgress | undefined;
  readonly error: string | undefined;
  /** Whether embedding was stopped in this visit, which still has the files. */
  readonly canResume: boolean;
}

export interface State {
  readonly gallery: GalleryInfo | undefined;
  readonly progress: DownloadProgress | undefined;
  readonly runtime: RuntimeInfo | undefined;
  /** The model failed for good: this visit cannot search by image. */
  readonly isBroken: boolean;
  readonly target: SearchTarget;
  readonly server: ServerState;
  readonly folder: FolderState;
  /** What is searched, and sampled while there are no results. */
  readonly scope: Scope;
  /** The search that is running. */
  readonly pending:
    | { readonly ticket: number; readonly query: Query; readonly target: SearchTarget }
    | undefined;
  /** The search that runs next: a crop is dragged faster than a network answers. */
  readonly queued: Query | undefined;
  /** Undefined while a sample of the gallery is shown. */
  readonly results: Results | undefined;
  readonly error: string | undefined;
  /** Keeps images whose label contains this text. */
  readonly label: string;
  /** Queries of this visit, latest first, one for each input. */
  readonly recent: readonly Query[];
  /** How often the sample was shuffled. */
  readonly shuffles: number;
}

export const initialState: State = {
  gallery: undefined,
  progress: undefined,
  runtime: undefined,
  isBroken: false,
  target: "device",
  server: { kind: "connecting" },
  folder: { summary: undefined, progress: undefined, error: undefined, canResume: false },
  scope: "gallery",
  pending: undefined,
  queued: undefined,
  results: undefined,
  error: undefined,
  label: "",
  recent: [],
  shuffles: 0,
};
