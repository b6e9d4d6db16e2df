/** Thumbnails are made once, whoever asks for them, and kept. */
import { isPlumageError, PlumageError } from "@plumage/models";
import { LRUCache } from "lru-cache";
import pLimit from "p-limit";
import { type ImageFile, readWhole } from "../collection/imageFile.ts";
import type { ImageReader } from "./imageReader.ts";

/** Side of the square into which a thumbnail fits, in pixels. */
export const thumbnailSize = 128;

/** Bytes of thumbnails that are kept, about ten thousand of them. */
const maxKeptBytes = 2 ** 26;
/** Images read and waiting for a decoder at a time. */
const maxAtOnce = 4;
/** Images that wait to be read. */
const maxWaiting = 256;
/** Larger files are not read. */
const maxFileBytes = 2 ** 26;

/** A thumbnail, or the error that says why the image has none. */
type Made = Uint8Array<ArrayBuffer> | PlumageError;

interface Making {
  readonly made: Promise<Made>;
  readonly stop: AbortController;
  /** Requests that wait for it. */
  users: number;
}

export class Thumbnails {
  readonly #reader: Pick<ImageReader, "thumbnail">;
  readonly #kept = new LRUCache<string, Made>({
    maxSize: maxKeptBytes,
    sizeCalculation: (made) => (made instanceof Error ? 100 : made.length),
  });
  readonly #making = new Map<string, Making>();
  readonly #limit = pLimit(maxAtOnce);

  constructor(reader: Pick<ImageReader, "thumbnail">) {
    this.#reader = reader;
  }

  /**
   * @param name of the image's content among all items
   * @param file is closed in any case
   * @param signal drops the work if nobody else waits for it
   * @throws PlumageError "bad-image" if there can be no thumbnail, "unavailable" if too many are
   *   waiting
   */
  async get(name: string, file: ImageFile, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const making = this.#kept.has(name) ? undefined : this.#making.get(name);
    const kept = this.#kept.get(name);
    if (kept || making) await file.close();
    const made =
      kept ?? (await this.#join(name, making ?? (await this.#start(name, file)), signal));
    if (made instanceof Error) throw made;
    return made;
  }

  async #start(name: string, file: ImageFile): Promise<Making> {
    if (this.#limit.pendingCount >= maxWaiting) {
      await file.close();
      throw new PlumageError(
        "unavailable",
        "too many thumbnails are waiting",
        "try again in a moment",
      );
    }
    const stop = new AbortController();
    const made = this.#limit(() => this.#make(file, stop.signal))
      .then((made) => {
        this.#kept.set(name, made);
        return made;
      })
      .finally(() => this.#end(name, making));
    const making: Making = { made, stop, users: 0 };
    this.#making.set(name, making);
    return making;
  }

  async #make(file: ImageFile, signal: AbortSignal): Promise<Made> {
    if (signal.aborted || file.bytes > maxFileBytes) {
      await file.close();
      signal.throwIfAborted();
      return new PlumageError("bad-image", `the file has more than ${maxFileBytes / 2 ** 20} MB`);
    }
    try {
      return await this.#reader.thumbnail(await readWhole(file), thumbnailSize, signal);
    } catch (error) {
      if (isPlumageError(error) && error.code === "bad-image") return error as PlumageError;
      throw error;
    }
  }

  /** Waits for a thumbnail; the last one to leave stops it. */
  #join(name: string, making: Making, signal: AbortSignal): Promise<Made> {
    making.users++;
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(signal.reason);
        if (--making.users > 0) return;
        this.#end(name, making);
        making.stop.abort(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      making.made.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
      if (signal.aborted) leave();
    });
  }

  #end(name: string, making: Making): void {
    if (this.#making.get(name) === making) this.#making.delete(name);
  }
}
