/** Responses in the OpenAPI document. */
import { z } from "@hono/zod-openapi";
import { problemSchema, problemType } from "../problems/problem.ts";

export const jsonResponse = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

export const csvOrJson = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: {
    "application/json": { schema },
    "text/csv": { schema: z.string() },
  },
});

export const imageResponse = (type: "image/webp" | "image/*", description: string) => ({
  description,
  content: { [type]: { schema: z.any() } },
});

export const problems = (...statuses: number[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: problemDescriptions[status]!,
        content: { [problemType]: { schema: problemSchema } },
      },
    ]),
  );

const problemDescriptions: Record<number, string> = {
  400: "A parameter or the form is not valid.",
  401: "The route requires the bearer token, which is missing or wrong.",
  403: "The server does not accept changes.",
  404: "There is no such item, or its image file is gone.",
  413: "The body is larger than 20 MB.",
  415: "The body's content type is not an image.",
  422: "The image is damaged or in an unsupported format.",
  503: "Too many requests are waiting (see Retry-After), or the gallery is unavailable.",
  507: "The server's disk is full.",
};

/** What any route may answer. */
export const commonProblems = problems(400, 401, 403, 503);
/** What a route that takes an upload may answer. */
export const uploadProblems = { ...commonProblems, ...problems(413, 415, 422) };
