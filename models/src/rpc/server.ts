/** The answering side of a channel. */
import type { Channel, Reply, Request } from "./channel.ts";
import { encodeError } from "./errorBody.ts";
import { type Handlers, Transferred } from "./methods.ts";

/** A running server of methods. */
export interface Server<E> {
  /** Sends an event to the client. */
  emit<Name extends keyof E & string>(name: Name, payload: E[Name]): void;
}

/**
 * Answers a client's calls with `handlers`. Calls run concurrently, in the order in which they
 * arrive; a handler that must not overlap with another keeps a queue.
 *
 * @example
 * const server = serve<EmbedderMethods>(parentChannel(), {
 *   async embed({ pixels, count }) {
 *     const embeddings = await run(pixels, count);
 *     return transferred({ embeddings }, [embeddings.buffer]);
 *   },
 * });
 */
export function serve<S, E = unknown>(channel: Channel, handlers: Handlers<S>): Server<E> {
  const running = new Map<number, AbortController>();
  const post = (reply: Reply, transfer?: readonly ArrayBuffer[]) => channel.post(reply, transfer);

  const answer = async ({ id, method, params }: Extract<Request, { kind: "call" }>) => {
    const abort = new AbortController();
    running.set(id, abort);
    try {
      // The client's types tie the method to its params.
      if (!Object.hasOwn(handlers, method)) throw new TypeError(`no method ${method}`);
      const handle = handlers[method as keyof S] as (params: unknown, context: object) => unknown;
      const returned = await handle(params, { signal: abort.signal });
      // The caller has moved on; do not copy a result to it.
      if (abort.signal.aborted) return;
      if (returned instanceof Transferred)
        post({ kind: "result", id, value: returned.value }, returned.transfer);
      else post({ kind: "result", id, value: returned });
    } catch (error) {
      post({ kind: "error", id, error: encodeError(error) });
    } finally {
      running.delete(id);
    }
  };

  channel.onMessage((message) => {
    const request = message as Request;
    if (request.kind === "call") void answer(request);
    else running.get(request.id)?.abort();
  });
  post({ kind: "ready" });
  return { emit: (name, payload) => post({ kind: "event", name, payload }) };
}
