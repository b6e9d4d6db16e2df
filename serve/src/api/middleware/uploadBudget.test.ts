import { Hono } from "hono";
import { expect, test } from "vitest";
import { maxBodyBytes } from "../upload/body.ts";
import { UploadBudget } from "./uploadBudget.ts";

/** An app whose requests stay in flight until they are released. */
function create(maxBytes: number) {
  const budget = new UploadBudget(maxBytes);
  const releases: (() => void)[] = [];
  const app = new Hono().use(budget.reserve).post("/", async (c) => {
    await new Promise<void>((resolve) => releases.push(resolve));
    return c.body(null, 204);
  });
  const post = (headers: Record<string, string>) =>
    Promise.resolve(app.request("/", { method: "POST", headers }));
  return { budget, post, release: () => releases.shift()!() };
}

test("reserves announced bytes until the request is answered", async () => {
  const { budget, post, release } = create(100);
  const first = post({ "content-length": "60" });
  expect(budget.used).toBe(60);
  const second = await post({ "content-length": "60" });
  expect([second.status, second.headers.get("retry-after")]).toEqual([503, "1"]);
  release();
  expect((await first).status).toBe(204);
  expect(budget.used).toBe(0);
});

test("counts a body without a length as the largest allowed", async () => {
  const { budget, post, release } = create(maxBodyBytes);
  const chunked = post({ "transfer-encoding": "chunked" });
  expect(budget.used).toBe(maxBodyBytes);
  expect((await post({ "content-length": "1" })).status).toBe(503);
  release();
  await chunked;
});
