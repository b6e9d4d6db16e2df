/** The error handler of every route. */
import { type ErrorCode, PlumageError } from "@plumage/models";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Logger } from "pino";
import { ClientLeft, NotFound, TooLarge } from "./errors.ts";
import { problem } from "./problem.ts";

const statuses: Record<ErrorCode, ContentfulStatusCode> = {
  "bad-input": 400,
  "bad-file": 500,
  "bad-image": 422,
  mismatch: 500,
  unsupported: 501,
  unavailable: 503,
  full: 507,
  denied: 403,
  diverged: 500,
};

/** What a client is told where the error itself may name files of the server. */
const generalMessages: Readonly<Record<number, string>> = {
  403: "the gallery cannot be changed: the server may only read it",
  500: "something went wrong on the server",
  507: "the server's disk is full",
};

/** Answers with a problem document. An unexpected error is logged; the client learns no details. */
export function handleError(error: Error, context: Context, log: Logger): Response {
  if (error instanceof NotFound) return problem(context, 404, error.message);
  if (error instanceof TooLarge)
    return problem(context, 413, error.message, "send a smaller image, or fewer images");
  if (error instanceof PlumageError) {
    const status = statuses[error.code];
    const general = generalMessages[status];
    if (!general) return problem(context, status, error.message, error.hint);
    log.error(error.line);
    return problem(context, status, general);
  }
  if (error instanceof HTTPException)
    return problem(
      context,
      error.status as ContentfulStatusCode,
      error.message || "the request is not valid",
    );
  // Nobody reads the answer, and there is nothing to log.
  if (error instanceof ClientLeft) return problem(context, 400, error.message);
  // The client disconnected during its upload: it reads no answer, and there is nothing to log.
  if ((error as NodeJS.ErrnoException).code === "ECONNRESET")
    return problem(context, 400, "the upload was cut short");
  log.error(error, "unexpected error");
  return problem(context, 500, "something went wrong on the server");
}
