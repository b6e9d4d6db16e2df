/** A store with a server and an indexer: real threads, and the socket between them. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unitVectors } from "../../../test/support/vectors.ts";
import type { Collection, OpenMode } from "../../collection/collection.ts";
import type { NewItem } from "../../collection/item.ts";
import { openEmbedded } from "./openEmbedded.ts";

const model = { sha256: "model", dimension: 8 };
const unit = unitVectors(8, 1);
let parent: string;
let folder: string;
let lines: string[];
let server: Collection;

const open = (mode: OpenMode, sha256 = model.sha256) =>
  openEmbedded(
    { folder, model: { ...model, sha256 }, indexCommand: "npm run index", mode },
    (line) => lines.push(line),
  );
const newItem = (id: string, fields: Partial<NewItem> = {}): NewItem => ({
  ...{ id, label: "x", image: { path: `/${id}.png` }, box: undefined, source: undefined },
  ...{ metadata: {}, bytes: 1, modified: 1, embedding: unit(), ...fields },
});

beforeEach(async () => {
  lines = [];
  parent = mkdtempSync(join(tmpdir(), "plumage-open-"));
  folder = join(parent, "index");
  await (await open("index")).close();
  // What an owner leaves that was killed.
  writeFileSync(join(folder, "owner.sock"), "");
  server = await open("serve");
});
afterEach(async () => {
  await server.close();
  rmSync(parent, { recursive: true });
});

test("indexes through the running server, which sees changes at once", async () => {
  const indexer = await open("index");
  expect(lines.join()).toContain(`through the running server (process ${process.pid})`);
  const item = newItem("a", { source: "s", box: { x: 1, y: 2, width: 3, height: 4 } });
  expect(await indexer.put([item])).toMatchObject([{ id: "a", source: "s", box: item.box }]);
  const [found] = await server.nearest(item.embedding, { k: 1, exclude: new Set(["b"]) });
  expect(found).toMatchObject({ item: { id: "a", path: "/a.png" } });
  expect(found!.score).toBeCloseTo(1, 6);
  expect(await indexer.indexedIds()).toEqual(["a"]);
  expect(await indexer.remove(["a"], { keepUploads: true })).toBe(1);
  await indexer.close();
  expect(await server.size()).toBe(0);
  expect(await server.nearest(item.embedding, { k: 1 })).toEqual([]);
});

test("leaves the socket to its user alone, and removes it with the server", async () => {
  const path = join(folder, "owner.sock");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await server.close();
  expect(() => statSync(path)).toThrow(/ENOENT/);
  server = await open("serve");
});

test("refuses another model than the server's, which keeps its items", async () => {
  await server.put([newItem("a")]);
  await expect(open("index", "another")).rejects.toMatchObject({
    code: "unavailable",
    message: "the server that owns the index runs another model",
    hint: expect.stringContaining("repeat this command"),
  });
  expect(await server.size()).toBe(1);
});

test("refuses what is no item", async () => {
  const indexer = await open("index");
  for (const invalid of [
    { embedding: [1] },
    { image: { content: Uint8Array.of(1), name: "../x.png" } },
    { label: "\0" },
  ])
    await expect(indexer.put([newItem("a", invalid as object)])).rejects.toThrow();
  await indexer.close();
  expect(await server.size()).toBe(0);
});

test("says that the server has stopped, and continues without it", async () => {
  const indexer = await open("index");
  await indexer.put([newItem("a")]);
  await server.close();
  await expect(indexer.put([newItem("b")])).rejects.toMatchObject({
    code: "unavailable",
    message: "the server that owns the index has stopped",
  });
  const again = await open("index");
  expect(await again.indexedIds()).toEqual(["a"]);
  await again.close();
  server = await open("serve");
  expect(await server.size()).toBe(1);
});

test("refuses a second server, and waits with a server for an indexer to end", async () => {
  await expect(open("serve")).rejects.toMatchObject({
    message: expect.stringContaining("already in use by npm run serve"),
  });
  await server.close();
  const indexer = await open("index");
  const starting = open("serve");
  await indexer.put([newItem("a")]);
  await indexer.close();
  server = await starting;
  expect(await server.size()).toBe(1);
});
