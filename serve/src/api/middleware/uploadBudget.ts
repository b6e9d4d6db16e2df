/** Bounds the memory of uploads: beyond it, requests are refused before their body is read. */
import type { MiddlewareHandler } from "hono";
import { problem } from "../problems/problem.ts";
import { maxBodyBytes } from "../upload/body.ts";

export class UploadBudget {
  readonly #maxBytes: number;
  /** Bytes reserved for the bodies of requests in flight. */
  used = 0;

  /** @param maxBytes for all requests; a body without a length counts as the largest allowed */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Reserves a request's bytes until it is answered; 503 for one too many. */
  readonly reserve: MiddlewareHandler = async (c, next) => {
    const length = c.req.header("content-length");
    const isChunked = c.req.header("transfer-encoding") !== undefined;
    const bytes = length !== undefined ? Number(length) : isChunked ? maxBodyBytes : 0;
    if (bytes > 0 && this.used + bytes > this.#maxBytes)
      return problem(c, 503, "too many uploads are in flight", "try again in a moment");
    this.used += bytes;
    try {
      return await next();
    } finally {
      this.used -= bytes;
    }
  };
}
