import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PlumageError } from "@plumage/models";
import { indexPaths } from "@plumage/models/node";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { contentOf } from "../../../test/support/contentOf.ts";
import { unitVectors } from "../../../test/support/vectors.ts";
import type { OpenMode } from "../../collection/collection.ts";
import type { NewItem } from "../../collection/item.ts";
import { EmbeddedCollection } from "./embeddedCollection.ts";
import * as ownerLock from "./ownerLock.ts";
import * as waiting from "./retryWhileBusy.ts";
import * as storageErrors from "./storageErrors.ts";

vi.mock("./storageErrors.ts", { spy: true });
vi.mock("./ownerLock.ts", { spy: true });
vi.mock("./retryWhileBusy.ts", { spy: true });

const model = { sha256: "model", dimension: 8 };
const unit = unitVectors(8, 1);
let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "plumage-embedded-"));
  folder = join(parent, "index");
});
afterEach(() => rmSync(parent, { recursive: true }));

const open = (mode: OpenMode, at = folder, lines: string[] = []) =>
  EmbeddedCollection.open({ folder: at, model, indexCommand: "npm run index", mode }, (line) =>
    lines.push(line),
  );
const newItem = (id: string, fields: Partial<NewItem> = {}): NewItem => ({
  ...{ id, label: "x", image: { path: `/${id}.png` }, box: undefined, source: undefined },
  ...{ metadata: {}, bytes: 1, modified: 1, embedding: unit(), ...fields },
});
const upload = (id: string) =>
  newItem(id, { image: { content: Uint8Array.of(1, 2, 3), name: `${id}.png` } });
const uploads = (at = folder) => readdirSync(join(at, "uploads"));

describe("one owner", () => {
  test.each(["index", "serve"] as const)(
    "refuses a second one to %s, and names the first",
    async (mode) => {
      const first = await open("index");
      await expect(open(mode)).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringMatching(
          new RegExp(`already in use by npm run index \\(process ${process.pid} on `),
        ),
      });
      await first.close();
      await (await open(mode)).close();
    },
  );

  test("lets others read, who change nothing", async () => {
    const first = await open("index");
    await first.put([newItem("a")]);
    const reader = await open("read");
    expect(await reader.size()).toBe(1);
    await expect(reader.put([newItem("b")])).rejects.toMatchObject({ code: "denied" });
    await reader.close();
    await first.close();
  });

  test("takes over from a process that was killed", async () => {
    const lock = new URL("./ownerLock.ts", import.meta.url).href;
    const program = `
      const { lockForChanges } = await import(${JSON.stringify(lock)});
      globalThis.lock = lockForChanges(${JSON.stringify(folder)}, "npm run serve");
      console.log("locked");
      setInterval(() => undefined, 1000);`;
    const child = spawn(
      process.execPath,
      ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", program],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(child.stdout, "data");
    await expect(open("index")).rejects.toMatchObject({
      message: expect.stringContaining(`npm run serve (process ${child.pid}`),
    });
    child.kill("SIGKILL");
    await once(child, "exit");
    await (await open("index")).close();
  });
});

test("rejects another model, except to index, which clears the gallery", async () => {
  const first = await open("index");
  await first.put([newItem("a")]);
  await first.close();
  const options = { folder, model: { ...model, sha256: "second" }, indexCommand: "npm run index" };
  const ignore = () => undefined;
  await expect(
    EmbeddedCollection.open({ ...options, mode: "serve" }, ignore),
  ).rejects.toMatchObject({ code: "mismatch", hint: "embed again with: npm run index" });
  const reindexed = await EmbeddedCollection.open({ ...options, mode: "index" }, ignore);
  expect(await reindexed.size()).toBe(0);
  await reindexed.close();
});

describe("uploads", () => {
  beforeEach(async () => {
    const collection = await open("index");
    await collection.put([upload("a"), upload("b")]);
    await collection.close();
    for (const [name, age] of [
      ["old.png", 3600],
      ["young.png", 1],
    ] as const) {
      const path = join(folder, "uploads", name);
      writeFileSync(path, "x");
      utimesSync(path, new Date(), new Date(Date.now() - age * 1000));
    }
    for (const name of ["a.png", "b.png"]) utimesSync(join(folder, "uploads", name), 0, 0);
    const catalog = new Database(indexPaths(folder).catalog);
    catalog.exec("UPDATE meta SET value = '0' WHERE name = 'created'");
    catalog.close();
  });

  test("without an item are deleted at a start, unless they are new", async () => {
    await (await open("serve")).close();
    expect(uploads()).toEqual(["a.png", "b.png", "young.png"]);
  });

  test.each([
    ["deleted", () => undefined],
    ["empty", (catalog: string) => writeFileSync(catalog, "")],
  ])("survive that the catalog is %s", async (_, replace) => {
    const { catalog } = indexPaths(folder);
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${catalog}${suffix}`, { force: true });
    replace(catalog);
    await expect(open("serve")).rejects.toMatchObject({
      code: "bad-file",
      message: `there is no index in ${folder}`,
    });
    await (await open("index")).close();
    const lines: string[] = [];
    await (await open("serve", folder, lines)).close();
    expect(uploads()).toEqual(["a.png", "b.png", "old.png", "young.png"]);
    expect(lines).toEqual([`images uploaded to an earlier catalog are kept in ${folder}: 3`]);
  });

  test("survive that their folder is moved", async () => {
    const moved = join(parent, "moved");
    cpSync(folder, moved, { recursive: true, preserveTimestamps: true });
    rmSync(folder, { recursive: true });
    const collection = await open("serve", moved);
    expect(uploads(moved)).toEqual(["a.png", "b.png", "young.png"]);
    const [item] = await collection.items(["a"]);
    expect(await contentOf(collection, item!)).toEqual(Uint8Array.of(1, 2, 3));
    await collection.remove(["a"]);
    expect(uploads(moved)).toEqual(["b.png", "young.png"]);
    await collection.close();
  });

  test("of a change that fails leave no file", async () => {
    const collection = await open("serve");
    const invalid = { ...upload("c"), label: null as unknown as string };
    await expect(collection.put([invalid, upload("a")])).rejects.toThrow();
    expect(uploads()).toEqual(["a.png", "b.png", "young.png"]);
    await collection.close();
  });
});

describe("a store that cannot be written to", () => {
  const state = () =>
    readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs]);

  test("serves searches, refuses changes, and stays as it is", async () => {
    const item = newItem("a");
    const collection = await open("index");
    await collection.put([item, upload("b")]);
    await collection.close();
    rmSync(join(folder, "index.json"));
    vi.mocked(storageErrors.canWrite).mockReturnValue(false);
    const before = state();
    const lines: string[] = [];
    const readOnly = await open("serve", folder, lines);
    expect(lines.join()).toContain("serving searches alone");
    expect((await readOnly.nearest(item.embedding, { k: 1 }))[0]!.item.id).toBe("a");
    await expect(readOnly.put([newItem("c")])).rejects.toMatchObject({ code: "denied" });
    await expect(readOnly.remove(["a"])).rejects.toMatchObject({ code: "denied" });
    await readOnly.close();
    await expect(open("index")).rejects.toMatchObject({ code: "denied" });
    expect(state()).toEqual(before);
    vi.mocked(storageErrors.canWrite).mockRestore();
  });
});

test("serves searches alone while the disk is full at its start, then changes too", async () => {
  const item = newItem("a");
  const collection = await open("index");
  await collection.put([item]);
  await collection.close();
  const full = new PlumageError("full", "the disk is full");
  vi.mocked(ownerLock.lockForChanges).mockImplementation(() => {
    throw full;
  });
  await expect(open("index")).rejects.toBe(full);
  const served = await open("serve");
  expect((await served.nearest(item.embedding, { k: 1 }))[0]!.item.id).toBe("a");
  await expect(served.remove(["a"])).rejects.toMatchObject({ code: "full" });
  vi.mocked(ownerLock.lockForChanges).mockRestore();
  expect(await served.remove(["a"])).toBe(1);
  await expect(open("serve")).rejects.toMatchObject({ code: "unavailable" });
  await served.close();
});

test("waits while another program has locked the catalog", async () => {
  const collection = await open("index");
  const other = new Database(join(folder, "catalogue.db"));
  other.exec("BEGIN IMMEDIATE");
  const put = collection.put([newItem("a")]);
  expect(await collection.size()).toBe(0);
  setTimeout(() => other.exec("ROLLBACK"), 500);
  expect(await put).toHaveLength(1);
  other.close();
  await collection.close();
});

test("refuses all that have waited too long for a lock, their turn included", async () => {
  const collection = await open("index");
  const other = new Database(join(folder, "catalogue.db"));
  other.exec("BEGIN IMMEDIATE");
  vi.mocked(waiting.patienceEnd)
    .mockClear()
    .mockReturnValue(performance.now() + 300);
  const changes = ["a", "b", "c"].map((id) => collection.put([upload(id)]));
  // Their time runs before the first of them is tried.
  expect(waiting.patienceEnd).toHaveBeenCalledTimes(3);
  const refused = await Promise.allSettled(changes);
  const attempts = vi.mocked(storageErrors.isBusy).mock.calls.length;
  for (const { reason } of refused as PromiseRejectedResult[])
    expect(reason).toMatchObject({ code: "unavailable" });
  expect(uploads()).toEqual([]);
  // Too late from the start: one attempt.
  await expect(collection.remove(["a"])).resolves.toBe(0);
  await expect(collection.put([newItem("d")])).rejects.toMatchObject({ code: "unavailable" });
  expect(vi.mocked(storageErrors.isBusy).mock.calls).toHaveLength(attempts + 1);
  vi.mocked(waiting.patienceEnd).mockRestore();
  other.close();
  expect(await collection.put([newItem("a")])).toHaveLength(1);
  await collection.close();
});
