/** Micro-batching: requests that wait while one batch runs form the next batch. */
import { PlumageError } from "@plumage/models";

export interface MicroBatcherOptions {
  /** Largest batch. */
  readonly maxBatch: number;
  /** Requests that may wait; one more is refused. */
  readonly maxQueue: number;
}

interface Waiting<Input, Output> {
  readonly input: Input;
  /** Called as its batch starts. */
  start(): void;
  resolve(output: Output): void;
  reject(reason: unknown): void;
}

/**
 * Runs one batch at a time. A request that finds it idle runs at once and alone; under load,
 * batches fill up without a timer.
 */
export class MicroBatcher<Input, Output> {
  readonly #run: (inputs: readonly Input[]) => Promise<readonly Output[]>;
  readonly #maxBatch: number;
  readonly #maxQueue: number;
  readonly #queue: Waiting<Input, Output>[] = [];
  #isRunning = false;

  /** @param run returns one output for each input, in order */
  constructor(
    run: (inputs: readonly Input[]) => Promise<readonly Output[]>,
    { maxBatch, maxQueue }: MicroBatcherOptions,
  ) {
    this.#run = run;
    this.#maxBatch = maxBatch;
    this.#maxQueue = maxQueue;
  }

  /** Requests that wait for the running batch to end. */
  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * @param signal takes the request out of the queue
   * @throws PlumageError "unavailable" if the queue is full; the error of the request's batch; the
   *   signal's reason
   */
  submit(input: Input, signal?: AbortSignal): Promise<Output> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.#queue.length >= this.#maxQueue) {
        return reject(
          new PlumageError("unavailable", "too many searches are waiting", "try again in a moment"),
        );
      }
      const start = () => signal?.removeEventListener("abort", drop);
      const waiting = { input, start, resolve, reject };
      const drop = () => {
        const at = this.#queue.indexOf(waiting);
        if (at >= 0) this.#queue.splice(at, 1);
        reject(signal!.reason);
      };
      signal?.addEventListener("abort", drop, { once: true });
      this.#queue.push(waiting);
      this.#runNext();
    });
  }

  async #runNext(): Promise<void> {
    if (this.#isRunning || this.#queue.length === 0) return;
    this.#isRunning = true;
    const batch = this.#queue.splice(0, this.#maxBatch);
    for (const { start } of batch) start();
    try {
      const outputs = await this.#run(batch.map(({ input }) => input));
      batch.forEach(({ resolve }, i) => {
        resolve(outputs[i]!);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    this.#isRunning = false;
    void this.#runNext();
  }
}
