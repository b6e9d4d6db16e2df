/** The engine as the page uses it: a client of the worker. */
import { PlumageError } from "@plumage/models";
import { Client, type EventHandlers, webWorkerChannel } from "@plumage/models/rpc";
import type { FolderContents } from "./folder/embedFolder.ts";
import type { RuntimeOverrides } from "./inference/candidates.ts";
import type {
  Answer,
  EngineEvents,
  EngineMethods,
  ImageAnswer,
  QueryImage,
  RuntimeInfo,
} from "./protocol.ts";
import type { SearchOptions } from "./search/combinedSearch.ts";
import type { GalleryInfo } from "./search/galleryPack.ts";

export class Engine {
  /** The gallery, which is ready before the model is. */
  readonly gallery: Promise<GalleryInfo>;
  /** The model, with its first golden checked. */
  readonly ready: Promise<RuntimeInfo>;
  /** The model that is active once all goldens have been checked; rejects if none passes. */
  readonly verified: Promise<RuntimeInfo>;
  readonly #client: Client<EngineMethods, EngineEvents>;

  constructor(overrides: RuntimeOverrides, events: EventHandlers<EngineEvents>) {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      type: "module",
      name: "plumage",
    });
    this.#client = new Client(webWorkerChannel(worker), {
      events,
      failure(cause) {
        const message = `the search engine failed: ${cause.message}`;
        return new PlumageError("unavailable", message, "reload the page", { cause });
      },
    });
    this.ready = this.#client.call("open", overrides);
    this.gallery = this.#client.call("gallery");
    this.verified = this.#client.call("verify");
    // Callers learn of a failure when they await one of these.
    for (const promise of [this.gallery, this.ready, this.verified]) promise.catch(() => undefined);
  }

  searchByImage(image: QueryImage, options: SearchOptions, k: number): Promise<ImageAnswer> {
    return this.#client.call("searchByImage", { image, options, k });
  }

  searchByText(text: string, options: SearchOptions, k: number): Promise<Answer> {
    return this.#client.call("searchByText", { text, options, k });
  }

  render(blob: Blob, key: string): Promise<Blob> {
    return this.#client.call("render", { blob, key });
  }

  searchByEntry(index: number, options: SearchOptions, k: number): Promise<Answer> {
    return this.#client.call("searchByEntry", { index, options, k });
  }

  embedFolder(contents: FolderContents): Promise<void> {
    return this.#client.call("embedFolder", contents);
  }

  stopFolder(): Promise<void> {
    return this.#client.call("stopFolder");
  }

  deleteFolder(): Promise<void> {
    return this.#client.call("deleteFolder");
  }
}
