import { Hono } from "hono";
import { pino } from "pino";
import { expect, test } from "vitest";
import { handleError } from "../problems/handleError.ts";
import { readBody } from "./body.ts";
import { UploadBudget } from "./uploadBudget.ts";

/** An app whose requests stay in flight until they are released. */
function create(maxBytes: number) {
  const budget = new UploadBudget(maxBytes);
  const releases: (() => void)[] = [];
  const app = new Hono().use(budget.reserve).post("/", async (c) => {
    await readBody(c);
    await new Promise<void>((resolve) => releases.push(resolve));
    return c.body(null, 204);
  });
  app.onError((error, c) => handleError(error, c, pino({ level: "silent" })));
  const post = (body: BodyInit, headers: Record<string, string> = {}) =>
    Promise.resolve(
      app.request("/", { method: "POST", body, headers, duplex: "half" } as RequestInit),
    );
  return { budget, post, release: () => releases.shift()!() };
}

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

test("counts the bytes that arrived until the request is answered", async () => {
  const { budget, post, release } = create(100);
  const first = post(new Uint8Array(60));
  await tick();
  expect(budget.used).toBe(60);
  const second = await post(new Uint8Array(60));
  expect([second.status, second.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(budget.used).toBe(60);
  release();
  expect((await first).status).toBe(204);
  expect(budget.used).toBe(0);
});

test("does not count what is promised", async () => {
  const { budget, post, release } = create(100);
  let send!: ReadableStreamDefaultController<Uint8Array>;
  const stalled = new ReadableStream<Uint8Array>({
    start(controller) {
      send = controller;
    },
  });
  const promised = post(stalled, { "content-length": "90" });
  await tick();
  expect(budget.used).toBe(0);
  const other = post(new Uint8Array(60));
  await tick();
  release();
  expect((await other).status).toBe(204);
  send.close();
  await tick();
  release();
  await promised;
});
