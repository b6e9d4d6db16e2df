import { Hono } from "hono";
import { expect, test } from "vitest";
import type { Access } from "./access.ts";
import { allowOrigins, refuseForeignWrites } from "./origins.ts";

const access: Access = {
  token: undefined,
  protect: "nothing",
  origins: ["https://told.example"],
  hosts: [],
  anyAddress: false,
};
const app = new Hono()
  .use(allowOrigins(access), refuseForeignWrites(access))
  .all("*", (c) => c.text("answer"));
const send = (headers: Record<string, string>, method = "POST", path = "/items") =>
  Promise.resolve(app.request(`http://gallery.example:8080${path}`, { method, headers }));

test.each([
  {},
  { "sec-fetch-site": "same-origin" },
  { "sec-fetch-site": "none" },
  { origin: "http://gallery.example:8080", "sec-fetch-site": "same-origin" },
  { origin: "https://told.example", "sec-fetch-site": "cross-site" },
  { origin: "http://localhost:5173", "sec-fetch-site": "cross-site" },
  { origin: "http://[::1]:5173" },
])("lets %j change the gallery", async (headers) => {
  expect((await send(headers)).status).toBe(200);
  expect((await send(headers, "DELETE", "/items/gull")).status).toBe(200);
});

test.each([
  { origin: "https://attacker.example" },
  { origin: "https://attacker.example", "sec-fetch-site": "same-origin" },
  { origin: "http://gallery.example:9000", "sec-fetch-site": "same-site" },
  { origin: "http://localhost.attacker.example" },
  { origin: "null" },
  { "sec-fetch-site": "cross-site" },
])("does not let %j change the gallery", async (headers) => {
  expect((await send(headers)).status).toBe(403);
  expect((await send(headers, "DELETE", "/items/gull")).status).toBe(403);
});

test("answers reads and searches of any page, but lets trusted ones alone read", async () => {
  for (const [origin, allowed] of [
    ["https://attacker.example", null],
    ["null", null],
    ["https://told.example", "https://told.example"],
    ["http://127.0.0.1:5173", "http://127.0.0.1:5173"],
  ] as const) {
    for (const answer of [send({ origin }, "GET"), send({ origin }, "POST", "/search")]) {
      const { status, headers } = await answer;
      expect(status).toBe(200);
      expect(headers.get("access-control-allow-origin")).toBe(allowed);
    }
  }
});
