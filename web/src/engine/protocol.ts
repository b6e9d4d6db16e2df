/** What the page and the engine's worker exchange: methods, events and their types. */
import type { Box } from "@plumage/models";
import type { DownloadProgress, StorageStatus } from "./files/downloads.ts";
import type { FolderContents, FolderProgress } from "./folder/embedFolder.ts";
import type { FolderInfo } from "./folder/userFolder.ts";
import type { RuntimeOverrides } from "./inference/candidates.ts";
import type { ModelInfo } from "./inference/loadModel.ts";
import type { Hit, SearchOptions } from "./search/combinedSearch.ts";
import type { GalleryInfo } from "./search/galleryPack.ts";
import type { SearchInfo } from "./search/vectorSearch.ts";

/** The model in use, the search, and offline storage, for the panel that describes them. */
export interface RuntimeInfo extends ModelInfo {
  /** Undefined until it has been measured, after the first search. */
  readonly search: SearchInfo | undefined;
  readonly storage: StorageStatus;
}

/** An image of the user as a query. */
export interface QueryImage {
  readonly blob: Blob;
  /** Identifies the blob: a decoded image is reused for another crop. */
  readonly key: string;
  /** The crop; undefined for the whole image. */
  readonly box: Box | undefined;
}

/** Milliseconds of each step; steps that did not run are left out. */
export interface AnswerTimings {
  readonly decode?: number;
  readonly embed?: number;
  readonly search: number;
  /** Of a request to a server, including the steps above. */
  readonly roundTrip?: number;
}

export interface Answer {
  /** Best first. */
  readonly hits: readonly Hit[];
  readonly timings: AnswerTimings;
  /** Of a search by words. If fewer tokens were used than there are, the text was too long. */
  readonly text?: { readonly tokens: number; readonly used: number };
}

/** The answer to a query that was embedded on this device. */
export interface ImageAnswer extends Answer {
  /** The network's input: imageSize * imageSize * 3 bytes of RGB. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** Unit length. */
  readonly embedding: Float32Array;
}

/** `open` must be the first call. */
export interface EngineMethods {
  /** Loads the gallery and the model; resolves when the model can be used. */
  open(overrides: RuntimeOverrides): RuntimeInfo;
  /** Resolves when the gallery can be shown and searched by its own images. */
  gallery(params: undefined): GalleryInfo;
  /**
   * Resolves when all goldens have been checked, shortly after the model was loaded. If one fails,
   * another provider or variant takes over; rejects if none is left.
   */
  verify(params: undefined): RuntimeInfo;
  /** The k images nearest to any image. Waits for the model. */
  searchByImage(params: {
    readonly image: QueryImage;
    readonly options: SearchOptions;
    readonly k: number;
  }): ImageAnswer;
  /** The k images nearest to a text. Waits for the model; the first text, for the text encoder. */
  searchByText(params: {
    readonly text: string;
    readonly options: SearchOptions;
    readonly k: number;
  }): Answer;
  /** A JPEG of an image file in a format that browsers do not show. */
  render(image: Pick<QueryImage, "blob" | "key">): Blob;
  /** The k images nearest to one of the list, which is excluded. Does not need the model. */
  searchByEntry(params: {
    readonly index: number;
    readonly options: SearchOptions;
    readonly k: number;
  }): Answer;
  /** Embeds a folder; resolves when it is done or has been stopped. */
  embedFolder(contents: FolderContents): void;
  stopFolder(params: undefined): void;
  deleteFolder(params: undefined): void;
}

export interface EngineEvents {
  progress: DownloadProgress;
  /** The stored folder was read or has changed. */
  folder: FolderInfo;
  folderProgress: FolderProgress;
}
