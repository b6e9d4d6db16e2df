/** The active model, and its background golden checks. */
import { goldenCosines } from "@plumage/models";
import { SerialQueue } from "../async/serialQueue.ts";
import { wrongResults } from "./candidates.ts";
import type { LoadedModel } from "./loadModel.ts";

/**
 * A model that answers as soon as it has passed the first golden, so that the first result does not
 * wait for the others. Those are checked between searches; if one fails, the next candidate takes
 * over.
 */
export class ActiveModel {
  /** onnxruntime-web rejects overlapping calls, so all use of the session is queued. */
  readonly #queue = new SerialQueue();
  #current: Promise<LoadedModel>;

  constructor(load: () => Promise<LoadedModel>) {
    this.#current = this.#queue.run(load);
    // Callers learn of a failure when they await it.
    this.#current.catch(() => undefined);
  }

  /** @throws what loading threw */
  get loaded(): Promise<LoadedModel> {
    return this.#current;
  }

  /** Runs a task while nothing else uses onnxruntime-web. */
  exclusive<T>(task: () => Promise<T>): Promise<T> {
    return this.#queue.run(task);
  }

  /** @param pixels [1, S, S, 3] @returns [dimension], unit length */
  embed(pixels: Uint8Array<ArrayBuffer>): Promise<Float32Array> {
    return this.#queue.run(async () => (await this.#current).session.embed(pixels));
  }

  /**
   * Checks the remaining goldens, each in its turn in the queue.
   *
   * @returns the model that is active from now on, which has passed all goldens
   * @throws PlumageError if no candidate passes
   */
  async verify(): Promise<LoadedModel> {
    const loaded = await this.#current;
    const { manifest, session, info, minCosine } = loaded;
    let ms = info.timings.goldens;
    const embed = (pixels: Uint8Array<ArrayBuffer>) =>
      this.#queue.run(async () => {
        const begin = performance.now();
        const embedding = await session.embed(pixels);
        ms += performance.now() - begin;
        return embedding;
      });
    let outcome: string;
    try {
      const rest = await goldenCosines(manifest.goldens.slice(1), embed);
      const cosine = Math.min(info.goldens.cosine, ...rest);
      // NaN fails this comparison.
      if (cosine >= minCosine) {
        const goldens = { checked: manifest.goldens.length, cosine };
        return { ...loaded, info: { ...info, goldens, timings: { ...info.timings, goldens: ms } } };
      }
      outcome = wrongResults(cosine);
    } catch (error) {
      outcome = (error as Error).message.split("\n", 1)[0]!;
    }
    // Replaced inside the queue: earlier calls still use the old session, later ones wait.
    await this.#queue.run(() => {
      this.#current = loaded.loadNext(outcome);
      return this.#current;
    });
    return this.verify();
  }
}
