/** Problem documents (RFC 9457): one clear sentence, a hint, a status; never a stack trace. */
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { z } from "zod";

export const problemSchema = z.object({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  hint: z.string().optional(),
});
export type Problem = z.infer<typeof problemSchema>;

export const problemType = "application/problem+json";

const titles: Partial<Record<number, string>> = {
  400: "Bad request",
  401: "Not authorized",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  408: "Timeout",
  413: "Too large",
  415: "Unsupported media type",
  417: "Expectation failed",
  422: "Unreadable image",
  431: "Headers too large",
  500: "Internal error",
  503: "Busy",
  507: "Full",
};

/** Retry-After of a refused request, in seconds. */
const retryAfter = "1";

export const problemOf = (status: number, detail: string, hint?: string): Problem => ({
  type: "about:blank",
  title: titles[status] ?? "Error",
  status,
  detail,
  ...(hint ? { hint } : {}),
});

export function problem(
  context: Context,
  status: ContentfulStatusCode,
  detail: string,
  hint?: string,
): Response {
  context.header("content-type", problemType);
  if (status === 503) context.header("retry-after", retryAfter);
  return context.body(JSON.stringify(problemOf(status, detail, hint)), status);
}
