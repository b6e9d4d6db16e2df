/** The page's side of the inference worker: calls as promises, and what it reports on the way. */
import { PlumageError } from "@plumage/models";
import type { FolderFile, FolderProgress } from "./folder/embedFolder.ts";
import type {
  Answer,
  CallName,
  Calls,
  ErrorBody,
  FolderInfo,
  Forced,
  GalleryInfo,
  Image,
  ImageAnswer,
  Progress,
  Refinement,
  Reply,
  RuntimeInfo,
} from "./protocol.ts";

interface Pending {
  resolve(body: Calls[CallName]["response"]): void;
  reject(error: Error): void;
}

/** What comes of itself. */
export interface Told {
  progress(progress: Progress): void;
  /** All goldens have been checked: what computes from now on. */
  runtime(runtime: RuntimeInfo): void;
  /** Nothing computes any more. */
  broken(error: Error): void;
  folder(folder: FolderInfo): void;
  folderProgress(progress: FolderProgress): void;
}

export class Engine {
  /** The gallery, which can be shown and searched by its own images before the model is ready. */
  readonly gallery: Promise<GalleryInfo>;
  /**
   * Resolved when the model can compute and has given a golden; the others are checked after the
   * first search.
   */
  readonly ready: Promise<RuntimeInfo>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;

  constructor(forced: Forced, told: Told) {
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), {
      type: "module",
      name: "plumage",
    });
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#failAll(event.message || "its script cannot be fetched");
    });
    this.ready = this.#call("open", forced);
    this.gallery = new Promise((resolve, reject) => {
      this.#worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
        if (data.kind === "progress") told.progress(data.progress);
        else if (data.kind === "folder") told.folder(data.folder);
        else if (data.kind === "folderProgress") told.folderProgress(data.progress);
        else if (data.kind === "runtime") told.runtime(data.runtime);
        else if (data.kind === "broken") told.broken(errorOf(data.error));
        else if (data.kind === "gallery") resolve(data.gallery);
        else this.#settle(data);
      });
      // Where the gallery has come, this is too late to matter.
      this.ready.catch(reject);
    });
    // Whoever awaits it is told; until then a failure is nobody's unhandled rejection.
    this.gallery.catch(() => undefined);
  }

  /** The k entries of the gallery nearest to any image. Waits for the model if it must. */
  searchByImage(image: Image, refinement: Refinement, k: number): Promise<ImageAnswer> {
    return this.#call("image", { image, refinement, k });
  }

  /** The k entries nearest to one of the gallery, which is not among them. */
  searchByEntry(index: number, refinement: Refinement, k: number): Promise<Answer> {
    return this.#call("entry", { index, refinement, k });
  }

  /** Resolved when all of it is embedded, or as much as there was time or room for. */
  embedFolder(name: string, files: readonly FolderFile[]): Promise<undefined> {
    return this.#call("embedFolder", { name, files });
  }

  stopFolder(): Promise<undefined> {
    return this.#call("stopFolder", undefined);
  }

  deleteFolder(): Promise<undefined> {
    return this.#call("deleteFolder", undefined);
  }

  #call<Name extends CallName>(
    call: Name,
    body: Calls[Name]["request"],
  ): Promise<Calls[Name]["response"]> {
    const id = this.#calls++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, call, body });
    });
  }

  #settle(reply: Extract<Reply, { id: number }>): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.kind === "answer") pending?.resolve(reply.body);
    else pending?.reject(errorOf(reply.error));
  }

  #failAll(reason: string): void {
    const error = new PlumageError(
      "unavailable",
      `the search engine stopped: ${reason}`,
      "reload the page",
    );
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

/** The error that was thrown in the worker; one that nobody foresaw keeps its message. */
function errorOf({ code, message, hint }: ErrorBody): Error {
  return code ? new PlumageError(code, message, hint) : new Error(message);
}
