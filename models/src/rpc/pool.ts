/** Several workers of one service behind a bounded queue, each with one call at a time. */
import type { Client } from "./client.ts";
import type { CallArguments, Caller, CallOptions, Result } from "./methods.ts";

/** Queue limit of a pool. */
export interface PoolOptions {
  /** Calls that may wait for a worker; one more is refused. No limit by default. */
  readonly maxWaiting?: number;
  /** The error of a refused call. */
  readonly refusal?: () => Error;
}

interface Waiting<S> {
  start(client: Client<S>): void;
  reject(reason: unknown): void;
}

/**
 * Gives each call to the first free worker, in order. A call that is aborted while it waits never
 * reaches a worker. A worker that fails leaves the pool; when none is left, all calls fail.
 */
export class Pool<S> implements Caller<S> {
  readonly #clients: Set<Client<S>>;
  readonly #idle: Client<S>[];
  readonly #queue: Waiting<S>[] = [];
  readonly #maxWaiting: number;
  readonly #refusal: () => Error;
  #failure: Error | undefined;

  constructor(
    clients: readonly Client<S>[],
    {
      maxWaiting = Number.POSITIVE_INFINITY,
      refusal = () => new Error("too many calls are waiting"),
    }: PoolOptions = {},
  ) {
    this.#clients = new Set(clients);
    this.#idle = [...clients];
    this.#maxWaiting = maxWaiting;
    this.#refusal = refusal;
  }

  /** Calls that wait for a free worker. */
  get waiting(): number {
    return this.#queue.length;
  }

  async call<Name extends keyof S & string>(
    method: Name,
    ...args: CallArguments<S, Name>
  ): Promise<Result<S, Name>> {
    const { signal } = (args[1] ?? {}) as CallOptions;
    signal?.throwIfAborted();
    const client = await this.#acquire(signal);
    try {
      return await client.call(method, ...args);
    } finally {
      this.#release(client);
    }
  }

  /** Rejects open and waiting calls and ends every worker. */
  async close(): Promise<void> {
    this.#fail(new DOMException("The pool was closed", "AbortError"));
    await Promise.all([...this.#clients].map((client) => client.close()));
  }

  #acquire(signal: AbortSignal | undefined): Promise<Client<S>> {
    if (this.#failure) return Promise.reject(this.#failure);
    const free = this.#nextIdle();
    if (free) return Promise.resolve(free);
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#queue.length >= this.#maxWaiting) return Promise.reject(this.#refusal());
    return new Promise((resolve, reject) => {
      const waiting: Waiting<S> = {
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
      this.#queue.push(waiting);
    });
  }

  /** A worker may have failed while it was idle. */
  #nextIdle(): Client<S> | undefined {
    for (let client = this.#idle.shift(); client; client = this.#idle.shift()) {
      if (!client.failure) return client;
      this.#drop(client, client.failure);
    }
    return undefined;
  }

  #drop(client: Client<S>, failure: Error): void {
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.#fail(failure);
  }

  #release(client: Client<S>): void {
    const next = client.failure ? undefined : this.#queue.shift();
    if (client.failure) this.#drop(client, client.failure);
    else if (next) next.start(client);
    else this.#idle.push(client);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#queue.splice(0)) reject(this.#failure);
  }
}
