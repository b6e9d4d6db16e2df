/** The calling side of a channel. */
import type { Channel, Reply, Request } from "./channel.ts";
import { decodeError } from "./errorBody.ts";
import type { CallArguments, Caller, CallOptions, EventHandlers, Result } from "./methods.ts";

interface Pending {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/** How a client handles events and a failing server. */
export interface ClientOptions<E> {
  readonly events?: EventHandlers<E>;
  /** Makes the error of all calls, open and future, from what ended the other side. */
  readonly failure?: (cause: Error) => Error;
}

/**
 * Calls a service's methods through a channel.
 *
 * @example
 * const client = new Client<EmbedderMethods>(workerChannel(worker));
 * const { embeddings } = await client.call("embed", { pixels, count: 1 });
 */
export class Client<S, E = unknown> implements Caller<S> {
  /** Resolved when the server takes calls, rejected with its failure. Waiting is optional. */
  readonly ready: Promise<void>;
  readonly #channel: Channel;
  readonly #pending = new Map<number, Pending>();
  readonly #events: Readonly<Record<string, (payload: never) => void>>;
  #lastId = 0;
  #failure: Error | undefined;

  constructor(channel: Channel, options: ClientOptions<E> = {}) {
    this.#channel = channel;
    this.#events = { ...options.events } as Record<string, (payload: never) => void>;
    let resolveReady!: () => void;
    let rejectReady!: (error: Error) => void;
    this.ready = new Promise<void>((resolve, reject) => {
      resolveReady = resolve;
      rejectReady = reject;
    });
    // A caller that does not wait for it learns of a failure from its calls.
    this.ready.catch(() => undefined);
    channel.onMessage((message) => {
      const reply = message as Reply;
      if (reply.kind === "ready") resolveReady();
      else if (reply.kind === "event") this.#events[reply.name]?.(reply.payload as never);
      else this.#settle(reply);
    });
    channel.onFailure((cause) => {
      const error = options.failure?.(cause) ?? cause;
      rejectReady(error);
      this.#fail(error);
    });
  }

  /** The failure of the other side, once there is one. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  async call<Name extends keyof S & string>(
    method: Name,
    ...[params, options = {}]: CallArguments<S, Name>
  ): Promise<Result<S, Name>> {
    const { signal, transfer } = options as CallOptions;
    signal?.throwIfAborted();
    if (this.#failure) throw this.#failure;
    const id = ++this.#lastId;
    const post = (request: Request) => this.#channel.post(request, transfer);
    const abort = () => {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      this.#channel.post({ kind: "abort", id } satisfies Request);
      pending?.reject(signal!.reason);
    };
    try {
      return await new Promise<Result<S, Name>>((resolve, reject) => {
        // First: where params cannot be cloned, post throws and nothing is pending.
        post({ kind: "call", id, method, params });
        this.#pending.set(id, { resolve: resolve as Pending["resolve"], reject });
        signal?.addEventListener("abort", abort, { once: true });
      });
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Rejects open calls and ends the other side. */
  async close(): Promise<void> {
    this.#fail(new DOMException("The channel was closed", "AbortError"));
    await this.#channel.close();
  }

  /** An answer to a call that was aborted meanwhile has nobody to go to. */
  #settle(reply: Extract<Reply, { id: number }>): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.kind === "result") pending?.resolve(reply.value);
    else pending?.reject(decodeError(reply.error));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}
