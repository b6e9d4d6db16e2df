import { Hono } from "hono";
import { expect, test } from "vitest";
import type { Access } from "./access.ts";
import { checkHost } from "./hosts.ts";

const open: Access = {
  token: undefined,
  protect: "nothing",
  origins: [],
  hosts: ["gallery.example"],
  anyAddress: false,
};
const statusFor = async (host: string, access: Partial<Access> = {}) => {
  const app = new Hono().use(checkHost({ ...open, ...access })).get("/", (c) => c.text("answer"));
  return (await app.request(`http://${host}/`)).status;
};

test.each([
  "localhost",
  "LOCALHOST:8080",
  "localhost.",
  "gallery.localhost",
  "127.0.0.1:8080",
  "127.8.9.1",
  "[::1]:8080",
  "gallery.example:8080",
])("answers for %s", async (host) => {
  expect(await statusFor(host)).toBe(200);
});

test.each([
  "attacker.example",
  "localhost.attacker.example",
  "127.0.0.1.nip.io",
  "gallery.example.org",
  "192.168.0.9",
  "0.0.0.0",
  "[fd00::1]",
])("refuses %s", async (host) => {
  expect(await statusFor(host)).toBe(403);
});

test("answers for any address on other interfaces, but for no other name", async () => {
  for (const host of ["192.168.0.9", "0.0.0.0:8080", "[fd00::1]"])
    expect(await statusFor(host, { anyAddress: true })).toBe(200);
  expect(await statusFor("attacker.example", { anyAddress: true })).toBe(403);
});

test("answers for every name if a token protects the gallery", async () => {
  const token = "secret";
  expect(await statusFor("any.example", { token, protect: "writes" })).toBe(200);
  expect(await statusFor("any.example", { token, protect: "nothing" })).toBe(403);
});
