/** The model in use, and whether it goes on being. */

import { probe } from "./goldens.ts";
import type { Embedder } from "./loadModel.ts";
import { wrongResults } from "./providers.ts";
import { SerialQueue } from "./serialQueue.ts";

/**
 * A model that has been held against one golden computes at once: the first result does not wait
 * for the other goldens. They follow between searches, and where one is wrong the next way to
 * compute takes over.
 */
export class Model {
  /** Everything that touches the session, one after another. */
  readonly #queue = new SerialQueue();
  #current: Promise<Embedder>;

  constructor(open: () => Promise<Embedder>) {
    this.#current = this.#queue.run(open);
    // Whoever awaits it is told; until then a failure is nobody's unhandled rejection.
    this.#current.catch(() => undefined);
  }

  /** @throws what `open` threw */
  get opened(): Promise<Embedder> {
    return this.#current;
  }

  /** @param pixels [1, S, S, 3] @returns [dimension], of unit length */
  embed(pixels: Uint8Array<ArrayBuffer>): Promise<Float32Array> {
    return this.#queue.run(async () => (await this.#current).session.embed(pixels));
  }

  /**
   * Computes the goldens that opening has left, each when its turn in the queue comes.
   *
   * @returns what computes from now on, which has given all of them
   * @throws PlumageError where none does
   */
  async check(): Promise<Embedder> {
    const embedder = await this.#current;
    const { manifest, session, info, least } = embedder;
    let ms = info.timings.probe;
    const embed = (pixels: Uint8Array<ArrayBuffer>) =>
      this.#queue.run(async () => {
        const begin = performance.now();
        const embedding = await session.embed(pixels);
        ms += performance.now() - begin;
        return embedding;
      });
    let outcome: string;
    try {
      const cosine = Math.min(info.goldens.cosine, await probe(embed, manifest.goldens.slice(1)));
      // Written so that NaN is refused.
      if (cosine >= least) {
        const goldens = { checked: manifest.goldens.length, cosine };
        return { ...embedder, info: { ...info, goldens, timings: { ...info.timings, probe: ms } } };
      }
      outcome = wrongResults(cosine);
    } catch (error) {
      outcome = (error as Error).message.split("\n", 1)[0]!;
    }
    // Set within the queue: what is asked before it is answered by the old one, what is asked after
    // it waits for the new.
    await this.#queue.run(() => {
      this.#current = embedder.next(outcome);
      return this.#current;
    });
    return this.check();
  }
}
