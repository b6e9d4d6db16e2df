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

/** An app that keeps the bodies that it read. */
function create(status: 200 | 400 = 200) {
  const bodies: Uint8Array[] = [];
  const budget = new UploadBudget(10 * length);
  const app = new Hono().use(budget.reserve).post("/", async (c) => {
    const body = await readBody(c);
    bodies.push(body);
    expect(body.every((each) => each === body[0])).toBe(true);
    return c.body(null, status);
  });
  return { app, bodies };
}

test.each([200, 400] as const)("a request answered with %d leaves its buffer", async (status) => {
  const { app, bodies } = create(status);
  for (const value of [1, 2]) expect((await post(app, value)).status).toBe(status);
  expect(bodies[1]!.buffer).toBe(bodies[0]!.buffer);
  expect(bodies[1]!.length).toBe(length);
});

test("two requests at a time have a buffer each", async () => {
  const { app, bodies } = create();
  await Promise.all([post(app, 1), post(app, 2)]);
  expect(bodies[1]!.buffer).not.toBe(bodies[0]!.buffer);
});

test("a request whose client leaves keeps its buffer", async () => {
  const { app, bodies } = create();
  await post(app, 7, AbortSignal.abort());
  await post(app, 8);
  expect(bodies[0]!.every((each) => each === 7)).toBe(true);
});
