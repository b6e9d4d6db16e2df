/** What the page and its inference worker say to each other. */
import type { Attribution, Box, ErrorCode, VariantName } from "@plumage/models";

import type { FolderFile, FolderProgress } from "./folder/embedFolder.ts";

/** onnxruntime-web's name of an execution provider. */
export const providerNames = ["webgpu", "wasm"] as const;
export type ProviderName = (typeof providerNames)[number];

/** What the page's address asks for by name; the best there is where it asks for nothing. */
export interface Forced {
  readonly provider?: ProviderName | undefined;
  readonly variant?: VariantName | undefined;
}

/**
 * Bytes of all downloads that this visit needs; files that were kept from an earlier one are not
 * counted.
 */
export interface Progress {
  readonly received: number;
  readonly total: number;
  /** At the rate so far; nothing in the first moments. */
  readonly secondsLeft: number | undefined;
}

/**
 * Whether all files are kept on this device for visits without a network; if not, why. Sizes in
 * bytes.
 */
export type Storage =
  | { readonly kept: true }
  | { readonly kept: false; readonly reason: "none" }
  | {
      readonly kept: false;
      readonly reason: "full";
      readonly needed: number;
      readonly free: number | undefined;
    };

/** One image that can be searched by and found, as the page shows it. */
export interface GalleryEntry {
  readonly id: string;
  readonly label: string;
  readonly source: string | undefined;
  /**
   * Its bytes in the gallery's file of thumbnails, offset and length; the image itself for one of
   * the person's own.
   */
  readonly thumbnail: readonly [number, number] | Blob;
}

export interface GalleryInfo {
  readonly title: string;
  readonly entries: readonly GalleryEntry[];
  readonly attributions: readonly Attribution[];
  readonly thumbnails: Blob;
  /** So many of the entries, the last ones, are of the person's own folder. */
  readonly own: number;
}

/** What of a person's folder is kept in this browser. */
export interface FolderInfo {
  readonly about:
    | {
        readonly name: string;
        /**
         * Images in the folder when it was chosen; those that were embedded so far; those that no
         * browser could read.
         */
        readonly total: number;
        readonly kept: number;
        readonly unreadable: readonly string[];
        /** Embedded with another model: of no use until it is chosen again. */
        readonly isStale: boolean;
      }
    | undefined;
  readonly entries: readonly GalleryEntry[];
}

/** What is searched: the gallery, the person's own folder, or both. */
export const scopes = ["gallery", "folder", "all"] as const;
export type Scope = (typeof scopes)[number];

/** One provider that was considered, and how that went. */
export interface Attempt {
  readonly provider: ProviderName;
  readonly outcome: string;
}

/**
 * What searches the gallery, and how long one search took there and, where both were tried, the
 * other way.
 */
export interface SearchInfo {
  readonly by: ProviderName;
  readonly rows: number;
  /** Milliseconds. */
  readonly times: Readonly<Partial<Record<ProviderName, number>>>;
  /** Why the graphics processor does not search, where it was tried and failed. */
  readonly obstacle: string | undefined;
}

/** What computes, why, and how long it took to get there. */
export interface RuntimeInfo {
  readonly provider: ProviderName;
  /** The graphics adapter, or the number of threads. */
  readonly detail: string;
  /** In the order in which they were tried; the last is the one in use. */
  readonly attempts: readonly Attempt[];
  /**
   * How many of the goldens have been computed, and the smallest cosine of an embedding here with
   * model.json's.
   */
  readonly goldens: { readonly checked: number; readonly cosine: number };
  /** Milliseconds. */
  readonly timings: { readonly files: number; readonly session: number; readonly probe: number };
  /** Undefined until it has been measured, after the first search. */
  readonly search: SearchInfo | undefined;
  readonly storage: Storage;
  /** Which of the model's files computes, and why. */
  readonly variant: {
    readonly name: VariantName;
    readonly because: string;
    readonly bytes: number;
    /** fp32's. */
    readonly exactBytes: number;
    /** Of P@1 against fp32; 0 where nobody measured. */
    readonly pointsLost: number;
  };
  readonly model: {
    readonly name: string;
    readonly title: string;
    readonly dimension: number;
    readonly imageSize: number;
    /** On images of classes that training never saw, as a fraction; null where nobody measured. */
    readonly precisionAt1: number | null;
  };
}

/** An image of the gallery by its place in the list, with its cosine to the query. */
export interface Hit {
  readonly index: number;
  readonly score: number;
}

/** Milliseconds of each step of one answer; a step that was not needed is left out. */
export interface AnswerTimings {
  readonly decode?: number;
  readonly embed?: number;
  readonly search: number;
  /** To a server and back, with all that it did in between. */
  readonly roundTrip?: number;
}

export interface Answer {
  /** Best first. */
  readonly hits: readonly Hit[];
  readonly timings: AnswerTimings;
}

/** An answer to an image that the network saw. */
export interface ImageAnswer extends Answer {
  /** imageSize * imageSize * 3 bytes of RGB: what went into the network. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** Unit length. */
  readonly embedding: Float32Array;
}

/** A person's image. */
export interface Image {
  readonly blob: Blob;
  /** The same for the same blob: what was decoded is used again for another box. */
  readonly key: string;
  /** The part that is searched by; all of it where there is none. */
  readonly box: Box | undefined;
}

/** What a search takes into account beside its query. */
export interface Refinement {
  /** Entries that are more like what is meant, and less like it. They are not found themselves. */
  readonly more: readonly number[];
  readonly less: readonly number[];
  /** Only entries whose label contains this, in any case; all where it is empty. */
  readonly label: string;
  readonly scope: Scope;
}

/** A request's body by kind, and what it is answered with. */
export interface Calls {
  /**
   * Makes the gallery and the model ready; answered when both are. The goldens after the first are
   * checked later.
   */
  open: { request: Forced; response: RuntimeInfo };
  /** Searches by any image. */
  image: {
    request: { readonly image: Image; readonly refinement: Refinement; readonly k: number };
    response: ImageAnswer;
  };
  /**
   * Searches by an image of the gallery, by the embedding that it already has; it is not among its
   * own hits.
   */
  entry: {
    request: { readonly index: number; readonly refinement: Refinement; readonly k: number };
    response: Answer;
  };
  /** Embeds a person's folder; answered when that is done, interrupted or at an end of storage. */
  embedFolder: {
    request: { readonly name: string; readonly files: readonly FolderFile[] };
    response: undefined;
  };
  stopFolder: { request: undefined; response: undefined };
  deleteFolder: { request: undefined; response: undefined };
}
export type CallName = keyof Calls;

export type Request = {
  [Name in CallName]: { id: number; call: Name; body: Calls[Name]["request"] };
}[CallName];

export interface ErrorBody {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly hint: string | undefined;
}

export type Reply =
  | { readonly kind: "answer"; readonly id: number; readonly body: Calls[CallName]["response"] }
  | { readonly kind: "error"; readonly id: number; readonly error: ErrorBody }
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "gallery"; readonly gallery: GalleryInfo }
  /** All goldens have been checked. What computes is another than before where one was wrong. */
  | { readonly kind: "runtime"; readonly runtime: RuntimeInfo }
  /** One was wrong, and nothing else can compute. */
  | { readonly kind: "broken"; readonly error: ErrorBody }
  | { readonly kind: "folder"; readonly folder: FolderInfo }
  | { readonly kind: "folderProgress"; readonly progress: FolderProgress };
