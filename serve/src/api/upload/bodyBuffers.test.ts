import { Hono } from "hono";
import { expect, test } from "vitest";
import { readBody } from "./body.ts";
import { UploadBudget } from "./uploadBudget.ts";

const length = 3 * 2 ** 20;
const post = async (app: Hono, value: number, signal?: AbortSignal) =>
  app.request("/", {
    method: "POST",
    body: new Uint8Array(length).fill(value),
    headers: { "content-length": String(length) },
    ...(signal ? { signal } : {}),
  });

/** An app that answers with a status, and keeps the bodies that it read. */
function create(statusOf: (value: number) => 200 | 400) {
  const bodies: Uint8Array[] = [];
  const budget = new UploadBudget(10 * length);
  const app = new Hono().use(budget.reserve).post("/", async (c) => {
    const body = await readBody(c);
    bodies.push(body);
    expect(body.every((each) => each === body[0])).toBe(true);
    return c.body(null, statusOf(body[0]!));
  });
  return { app, bodies };
}

test("the buffer of an answered request serves the next one", async () => {
  const { app, bodies } = create(() => 200);
  for (const value of [1, 2]) expect((await post(app, value)).status).toBe(200);
  expect(bodies[1]!.buffer).toBe(bodies[0]!.buffer);
  expect(bodies[1]!.length).toBe(length);
});

test("two requests at a time have a buffer each", async () => {
  const { app, bodies } = create(() => 200);
  await Promise.all([post(app, 1), post(app, 2)]);
  expect(bodies[1]!.buffer).not.toBe(bodies[0]!.buffer);
});

test.each([
  ["is refused", () => 400 as const, undefined],
  ["loses its client", () => 200 as const, AbortSignal.abort()],
])("a request that %s keeps its buffer", async (_, statusOf, signal) => {
  const { app, bodies } = create(statusOf);
  await post(app, 7, signal);
  await post(create(() => 200).app, 8);
  expect(bodies[0]!.every((each) => each === 7)).toBe(true);
});
