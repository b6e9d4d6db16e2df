import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fileFor, type StaticServer, serveFolder } from "./staticServer.ts";

let parent: string;
let server: StaticServer;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "plumage-static-"));
  await mkdir(join(parent, "site", "assets"), { recursive: true });
  await writeFile(join(parent, "site", "index.html"), "<p>page</p>");
  await writeFile(join(parent, "site", "assets", "a.wasm"), "wasm");
  await writeFile(join(parent, "secret"), "secret");
  server = await serveFolder(join(parent, "site"));
});
afterAll(async () => {
  await server.close();
  await rm(parent, { recursive: true });
});

test("files with their types, the index for a folder, 404 for the rest", async () => {
  const page = await fetch(server.url);
  expect([page.status, await page.text()]).toEqual([200, "<p>page</p>"]);
  expect((await fetch(`${server.url}assets/a.wasm`)).headers.get("content-type")).toBe(
    "application/wasm",
  );
  expect((await fetch(`${server.url}assets`)).status).toBe(404);
  expect((await fetch(`${server.url}search`, { method: "POST" })).status).toBe(404);
});

test("nothing outside the folder", () => {
  for (const path of [
    "/../secret",
    "/%2e%2e/secret",
    "/..%2fsecret",
    "/a/../../secret",
    "/%",
    "/a%00",
  ])
    expect(fileFor("/srv/site", path)).toBeUndefined();
  expect(fileFor("/srv/site", "/a/../b")).toBe("/srv/site/b");
});

test("once closed it answers no more", async () => {
  const other = await serveFolder(join(parent, "site"));
  await fetch(other.url);
  await other.close();
  await expect(fetch(other.url)).rejects.toThrow();
});
