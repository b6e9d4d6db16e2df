/**
 * How many bytes of uploads are in memory at most: past that, requests are refused before they are
 * read.
 */
import type { MiddlewareHandler } from "hono";
import { problem, TooLarge } from "../problems/problem.ts";
import { largestUpload } from "../upload/body.ts";

export class BodyBudget {
  readonly #most: number;
  used = 0;

  /**
   * @param most bytes of all requests under way; a body that does not announce its length counts as
   * the largest
   */
  constructor(most: number) {
    this.#most = most;
  }

  readonly guard: MiddlewareHandler = async (c, next) => {
    const announced = c.req.header("content-length");
    const isChunked = c.req.header("transfer-encoding") !== undefined;
    const bytes = announced !== undefined ? Number(announced) : isChunked ? largestUpload : 0;
    if (bytes > largestUpload) throw new TooLarge(largestUpload);
    if (bytes > 0 && this.used + bytes > this.#most)
      return problem(c, 503, "too many uploads are under way", "try again in a moment");
    this.used += bytes;
    try {
      return await next();
    } finally {
      this.used -= bytes;
    }
  };
}
