import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HttpServer } from "./httpServer.ts";
import { serveFolder } from "./staticServer.ts";

let parent: string;
let server: HttpServer;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "plumage-static-"));
  await mkdir(join(parent, "site", "assets"), { recursive: true });
  await writeFile(join(parent, "site", "index.html"), "<p>page</p>");
  await writeFile(join(parent, "site", "assets", "a.wasm"), "wasm");
  server = await serveFolder(join(parent, "site"));
});
afterAll(async () => {
  await server.close();
  await rm(parent, { recursive: true });
});

test("serves files with their types, and index.html for a folder", async () => {
  const page = await fetch(server.url);
  expect([page.status, await page.text()]).toEqual([200, "<p>page</p>"]);
  const wasm = await fetch(`${server.url}assets/a.wasm`);
  expect(wasm.headers.get("content-type")).toBe("application/wasm");
});

test("answers 404 where there is no file, and sends no isolating headers", async () => {
  expect((await fetch(`${server.url}assets/b.wasm`)).status).toBe(404);
  const headers = (await fetch(server.url)).headers;
  expect(headers.get("cross-origin-opener-policy")).toBeNull();
});

test("serves a file that was added after it started", async () => {
  await writeFile(join(parent, "site", "new.txt"), "new");
  expect(await (await fetch(`${server.url}new.txt`)).text()).toBe("new");
});

test("refuses connections once closed, and closes twice without an error", async () => {
  const other = await serveFolder(join(parent, "site"));
  await fetch(other.url);
  await other.close();
  await expect(fetch(other.url)).rejects.toThrow();
  await other.close();
});
