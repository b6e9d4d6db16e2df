import { Hono } from "hono";
import { expect, test } from "vitest";
import { type Access, requireToken } from "./access.ts";

const open = { origins: [], hosts: [], anyAddress: false };
const guarded = (protect: Access["protect"], token?: string) =>
  new Hono().use(requireToken({ ...open, token, protect })).all("*", (c) => c.text("allowed"));
const withToken = (authorization: string, method = "GET") => ({
  method,
  headers: { authorization },
});

test("protects writes, and nothing else", async () => {
  const app = guarded("writes", "secret");
  expect((await app.request("/items/1")).status).toBe(200);
  expect((await app.request("/search", { method: "POST" })).status).toBe(200);
  for (const authorization of ["", "Bearer", "Bearer other", "Basic secret"]) {
    const answer = await app.request("/items/1", withToken(authorization, "DELETE"));
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  }
  const answer = await app.request("/items/1", withToken("Bearer secret", "DELETE"));
  expect(answer.status).toBe(200);
});

test("protects everything but the health probes", async () => {
  const app = guarded("everything", "secret");
  for (const path of ["/items/2", "/metrics", "/docs"])
    expect((await app.request(path)).status).toBe(401);
  for (const path of ["/healthz", "/readyz"]) expect((await app.request(path)).status).toBe(200);
  expect((await app.request("/items/2", withToken("Bearer secret"))).status).toBe(200);
});

test("lets a browser log in, with the token as the password", async () => {
  const app = guarded("everything", "secret:1");
  const challenge = (await app.request("/")).headers.get("www-authenticate");
  expect(challenge).toMatch(/^Basic realm="[^"]+"$/);
  const statusFor = async (login: string) =>
    (await app.request("/", withToken(`Basic ${Buffer.from(login).toString("base64")}`))).status;
  expect(await statusFor("anyone:secret:1")).toBe(200);
  expect(await statusFor(":secret:1")).toBe(200);
  for (const login of ["secret:1", "secret:1:", "anyone:", "anyone", ""])
    expect(await statusFor(login)).toBe(401);
});

test("refuses writes if the server has no token", async () => {
  const app = guarded("writes");
  expect((await app.request("/items/1", withToken("Bearer x", "DELETE"))).status).toBe(403);
  expect((await app.request("/items/1")).status).toBe(200);
});

test("protects nothing", async () => {
  const answer = await guarded("nothing").request("/items", { method: "POST" });
  expect(answer.status).toBe(200);
});
