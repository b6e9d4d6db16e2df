/** What happens to bodies that are too large, or that a route does not read. */
import type { MiddlewareHandler } from "hono";
import { TooLarge } from "../problems/errors.ts";
import { awaitsContinue, chunksOf } from "../upload/body.ts";
import { maxBodyBytes } from "../upload/bodyBuffers.ts";

/** Refuses a body that is announced to be too large, before anything else is checked. */
export const limitBody: MiddlewareHandler = (c, next) => {
  if (Number(c.req.header("content-length")) > maxBodyBytes) throw new TooLarge(maxBodyBytes);
  return next();
};

/**
 * Reads and drops what remains of a body once there is an answer. Most clients read no answer
 * before they have sent all of it; if the connection were closed, they would see it reset.
 */
export const dropUnreadBody: MiddlewareHandler = async (c, next) => {
  await next();
  if (awaitsContinue(c)) c.header("connection", "close");
  else void drop(chunksOf(c));
};

async function drop(chunks: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const _ of chunks);
  } catch {
    // The client left.
  }
}
