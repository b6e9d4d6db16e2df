import { type ErrorCode, PlumageError } from "@plumage/models";
import { Hono } from "hono";
import { pino } from "pino";
import { expect, test } from "vitest";
import { handleError } from "./handleError.ts";
import { problemSchema } from "./problem.ts";

const answerTo = async (error: Error) => {
  const app = new Hono();
  app.onError((thrown, c) => handleError(thrown, c, pino({ level: "silent" })));
  app.get("/", () => {
    throw error;
  });
  return app.request("/");
};

test.each([
  ["bad-file", 500],
  ["mismatch", 500],
  ["full", 507],
  ["denied", 403],
] as const)(
  "an error of kind %s is a %d that names no file of the server",
  async (code, status) => {
    const answer = await answerTo(
      new PlumageError(code as ErrorCode, "/srv/secret.db is bad", "delete /srv"),
    );
    expect(answer.status).toBe(status);
    const problem = problemSchema.parse(await answer.json());
    expect(problem.status).toBe(status);
    expect(JSON.stringify(problem)).not.toContain("/srv");
  },
);

test("a busy gallery is a 503 with Retry-After", async () => {
  const answer = await answerTo(new PlumageError("unavailable", "the catalog is locked"));
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
});

test("an unexpected error gives no details", async () => {
  const answer = await answerTo(new Error("ENOENT: /srv/secret.db"));
  expect(await answer.text()).not.toContain("secret");
});
