/**
 * Errors as problem documents (RFC 9457): one clear sentence, a hint, a fitting status, never a
 * stack.
 */
import { type ErrorCode, PlumageError } from "@plumage/models";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Logger } from "pino";
import { z } from "zod";

export const problemSchema = z.object({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  hint: z.string().optional(),
});
type Problem = z.infer<typeof problemSchema>;

const statuses: Record<ErrorCode, ContentfulStatusCode> = {
  "bad-input": 400,
  "bad-file": 500,
  "bad-image": 422,
  mismatch: 500,
  unsupported: 501,
  unavailable: 503,
  diverged: 500,
};
const titles: Partial<Record<number, string>> = {
  400: "Bad request",
  401: "Not authorized",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  413: "Too large",
  415: "Unsupported media type",
  422: "Unreadable image",
  500: "Internal error",
  503: "Busy",
};
/** Seconds after which a refused client should try again. */
const retryAfter = "1";

export function problem(
  context: Context,
  status: ContentfulStatusCode,
  detail: string,
  hint?: string,
): Response {
  const body: Problem = {
    type: "about:blank",
    title: titles[status] ?? "Error",
    status,
    detail,
    ...(hint ? { hint } : {}),
  };
  context.header("content-type", "application/problem+json");
  if (status === 503) context.header("retry-after", retryAfter);
  if (status === 413 || hasUnreadBody(context)) context.header("connection", "close");
  return context.body(JSON.stringify(body), status);
}

/**
 * What is left of a body is cut off after the answer: a client must not send its next request
 * behind it.
 */
function hasUnreadBody({ req }: Context): boolean {
  const length = req.header("content-length");
  const hasBody =
    length === undefined ? req.header("transfer-encoding") !== undefined : length !== "0";
  return hasBody && !req.raw.bodyUsed;
}

/** Something that a path names is not there. */
export class NotFound extends Error {}

/** A body, or what has come of it, has more bytes than one may have. */
export class TooLarge extends Error {
  constructor(most: number) {
    super(`the body is larger than ${most / 2 ** 20} MB`);
  }
}

/**
 * The last resort of every route. What nobody foresaw is logged, and the client learns no more than
 * that it happened.
 */
export function problemOf(error: Error, context: Context, log: Logger): Response {
  if (error instanceof NotFound) return problem(context, 404, error.message);
  if (error instanceof TooLarge)
    return problem(context, 413, error.message, "send a smaller image, or fewer");
  if (error instanceof PlumageError) {
    const status = statuses[error.code];
    if (status === 500) log.error(error.line);
    return problem(context, status, error.message, error.hint);
  }
  if (error instanceof HTTPException)
    return problem(
      context,
      error.status as ContentfulStatusCode,
      error.message || "the request cannot be used",
    );
  // A client that goes in the middle of its upload reads no answer, and is nothing for the log.
  if ((error as NodeJS.ErrnoException).code === "ECONNRESET")
    return problem(context, 400, "the upload broke off");
  log.error(error, "unexpected");
  return problem(context, 500, "something went wrong on the server");
}
