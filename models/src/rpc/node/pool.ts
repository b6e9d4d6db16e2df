/** Several workers of one service behind a bounded queue, each with one call at a time. */
import type { Client } from "../client.ts";
import type { CallOptions, Params, Result } from "../methods.ts";

/** How a pool starts its workers, and what it lets wait. */
export interface PoolOptions<S> {
  /** Starts a worker: when a call finds none free, and in place of one that failed. */
  readonly start: () => Client<S>;
  /** Most workers at a time. */
  readonly size: number;
  /** Sum of the costs of the calls that may wait; one more is refused. No limit by default. */
  readonly maxWaiting?: number;
  /** The error of a refused call. */
  readonly refusal?: () => Error;
  /** Expected milliseconds of a call. A cheap call overtakes calls that take that much longer. */
  readonly expectedMs?: (cost: number) => number;
  /** Ends the worker of a call that takes longer. No limit by default. */
  readonly maxMs?: number;
  /** The error of a call that takes longer. */
  readonly overdue?: () => Error;
  /** Whether to end the worker of a call that is aborted; else the worker finishes it first. */
  readonly endsAborted?: boolean;
  /** Ends a worker that had nothing to do for as long. Never by default. */
  readonly idleMs?: number;
}

/** Options of one call to a pool. */
export interface PoolCallOptions extends CallOptions {
  /** What the call counts for while it waits. Default 1. */
  readonly cost?: number;
}

interface Waiting<S> {
  readonly cost: number;
  /** When the call would be done if it had started on arrival. */
  readonly due: number;
  start(client: Client<S>): void;
  reject(reason: unknown): void;
}

/**
 * Gives each call to a free worker, the one that would be done first before the others. A call that
 * is aborted while it waits never reaches a worker. A worker that fails takes its call with it, and
 * is replaced.
 */
export class Pool<S> {
  readonly #options: PoolOptions<S>;
  readonly #clients = new Set<Client<S>>();
  readonly #idle = new Map<Client<S>, NodeJS.Timeout | undefined>();
  readonly #queue: Waiting<S>[] = [];
  #closed: Error | undefined;

  constructor(options: PoolOptions<S>) {
    this.#options = options;
  }

  /** Calls that wait for a free worker. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Sum of their costs. */
  get waitingCost(): number {
    return this.#queue.reduce((sum, { cost }) => sum + cost, 0);
  }

  /** Starts workers ahead of the first calls. */
  warmUp(count: number): void {
    while (this.#clients.size < Math.min(count, this.#options.size)) this.#rest(this.#start());
  }

  /**
   * @throws the handler's error, the worker's failure, the signal's reason after an abort, or the
   *   pool's errors for a call that is refused or overdue
   */
  async call<Name extends keyof S & string>(
    method: Name,
    params: Params<S, Name>,
    { signal, cost = 1, transfer = [] }: PoolCallOptions = {},
  ): Promise<Result<S, Name>> {
    signal?.throwIfAborted();
    const client = await this.#acquire(cost, signal);
    if (signal?.aborted) {
      this.#release(client);
      throw signal.reason;
    }
    const call = client.call(method, ...([params, { transfer }] as never)) as Promise<
      Result<S, Name>
    >;
    return this.#watch(client, call, signal);
  }

  /** Rejects open and waiting calls and ends every worker. */
  async close(): Promise<void> {
    this.#closed = new DOMException("The pool was closed", "AbortError");
    for (const { reject } of this.#queue.splice(0)) reject(this.#closed);
    for (const timer of this.#idle.values()) clearTimeout(timer);
    await Promise.all([...this.#clients].map((client) => client.close()));
  }

  /** Resolves as the call does, unless it is aborted or overdue; then releases the worker. */
  #watch<T>(client: Client<S>, call: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const { maxMs, overdue = () => new Error("the call takes too long") } = this.#options;
    return new Promise((resolve, reject) => {
      let ended: Promise<void> | undefined;
      const end = (reason: unknown) => {
        reject(reason);
        ended = client.close();
      };
      const abort = () => {
        if (this.#options.endsAborted) end(signal!.reason);
        else reject(signal!.reason);
      };
      const timer = maxMs === undefined ? undefined : setTimeout(() => end(overdue()), maxMs);
      signal?.addEventListener("abort", abort, { once: true });
      const settled = async () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        // The next worker starts once the memory of this one is free.
        await ended;
        this.#release(client);
      };
      call.then(resolve, reject).finally(settled);
    });
  }

  #acquire(cost: number, signal: AbortSignal | undefined): Promise<Client<S>> {
    const { size, refusal = () => new Error("too many calls are waiting") } = this.#options;
    const { maxWaiting = Number.POSITIVE_INFINITY, expectedMs = () => 0 } = this.#options;
    if (this.#closed) return Promise.reject(this.#closed);
    const free = this.#takeIdle() ?? (this.#clients.size < size ? this.#start() : undefined);
    if (free) return Promise.resolve(free);
    if (this.waitingCost + cost > maxWaiting) return Promise.reject(refusal());
    return new Promise((resolve, reject) => {
      const waiting: Waiting<S> = {
        cost,
        due: performance.now() + expectedMs(cost),
        start(client) {
          signal?.removeEventListener("abort", abort);
          resolve(client);
        },
        reject,
      };
      const abort = () => {
        const at = this.#queue.indexOf(waiting);
        if (at >= 0) this.#queue.splice(at, 1);
        reject(signal!.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      const behind = this.#queue.findLastIndex(({ due }) => due <= waiting.due);
      this.#queue.splice(behind + 1, 0, waiting);
    });
  }

  #start(): Client<S> {
    const client = this.#options.start();
    this.#clients.add(client);
    return client;
  }

  /** A worker may have failed while it was idle. */
  #takeIdle(): Client<S> | undefined {
    for (const [client, timer] of this.#idle) {
      clearTimeout(timer);
      this.#idle.delete(client);
      if (!client.failure) return client;
      this.#clients.delete(client);
    }
    return undefined;
  }

  #release(client: Client<S>): void {
    if (client.failure) this.#clients.delete(client);
    const isUsable = this.#clients.has(client);
    const next = this.#closed ? undefined : this.#queue.shift();
    if (next) next.start(isUsable ? client : this.#start());
    else if (isUsable) this.#rest(client);
  }

  #rest(client: Client<S>): void {
    const { idleMs } = this.#options;
    const end = () => {
      this.#idle.delete(client);
      this.#clients.delete(client);
      void client.close();
    };
    const timer = idleMs === undefined ? undefined : setTimeout(end, idleMs);
    // It must not keep the process alive.
    timer?.unref();
    this.#idle.set(client, timer);
  }
}
