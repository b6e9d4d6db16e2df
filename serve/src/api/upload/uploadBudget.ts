/**
 * Bounds the memory of uploads by the bytes that have arrived. What a client only promises takes no
 * memory, and must not keep others out.
 */
import { PlumageError } from "@plumage/models";
import type { Context, MiddlewareHandler } from "hono";
import { returnBuffer } from "./bodyBuffers.ts";

/** Counts the bytes of one request. */
type Count = (bytes: number) => void;

const counts = new WeakMap<Request, Count>();

/**
 * Counts bytes of a body that are kept until the request is answered.
 *
 * @throws PlumageError "unavailable" beyond the budget
 */
export const countBytes = ({ req }: Context, bytes: number): void => counts.get(req.raw)?.(bytes);

export class UploadBudget {
  readonly #maxBytes: number;
  /** Bytes of the bodies of requests in flight. */
  used = 0;

  /** @param maxBytes for all requests */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Counts a request's bytes until it is answered; 503 if there is no room for more. */
  readonly reserve: MiddlewareHandler = async (c, next) => {
    let counted = 0;
    counts.set(c.req.raw, (bytes) => {
      if (this.used + bytes > this.#maxBytes) throw noRoom();
      this.used += bytes;
      counted += bytes;
    });
    try {
      await next();
    } finally {
      this.used -= counted;
    }
    // If its client leaves, the store may still be writing the body to a file. If the request
    // fails, a decoder may still be reading: what it makes of other bytes reaches nobody.
    if (!c.req.raw.signal.aborted) returnBuffer(c.req.raw);
  };
}

const noRoom = () =>
  new PlumageError("unavailable", "too many uploads are in flight", "try again in a moment");
