import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Catalog } from "./catalog.ts";
import { CatalogDatabase } from "./catalogDatabase.ts";
import type { NewRow } from "./catalogRows.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-catalog-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = () => new Catalog(join(folder, "catalogue.db"));
const row = (id: string, fields: Partial<NewRow> = {}): NewRow => ({
  id,
  label: `of ${id}`,
  path: `/${id}.png`,
  box: undefined,
  source: undefined,
  metadata: {},
  uploaded: false,
  bytes: 7,
  modified: 1.5,
  embedding: Float32Array.of(0.25, -1, 3e-8),
  ...fields,
});

test("stores items and embeddings exactly, across a restart", () => {
  const box = { x: 1, y: 2, width: 3, height: 4 };
  const first = open();
  first.put([row("a", { box, source: "s" }), row("ü/ö")]);
  first.close();
  const catalog = open();
  expect(catalog.size).toBe(2);
  const { embedding, ...expected } = row("a", { box, source: "s" });
  const found = catalog.byId("a")!;
  expect(found).toEqual({ key: found.key, ...expected });
  expect(catalog.byKey(found.key)).toEqual(found);
  expect(catalog.embedding(found.key)).toEqual(embedding);
  expect(catalog.byId("ü/ö")!.box).toBeUndefined();
  expect(catalog.byId("b")).toBeUndefined();
  expect(catalog.embedding(99)).toBeUndefined();
  catalog.close();
});

test("gives a replaced item a new key, and never reuses a key", () => {
  const catalog = open();
  const { added } = catalog.put([row("a"), row("b")]);
  const second = catalog.put([row("b", { label: "new", embedding: Float32Array.of(1, 0, 0) })]);
  expect(second.replaced).toEqual([added[1]]);
  expect(second.added[0]).toBeGreaterThan(added[1]!);
  expect(catalog.byId("b")).toMatchObject({ key: second.added[0], label: "new" });
  expect(catalog.embedding(second.added[0]!)).toEqual(Float32Array.of(1, 0, 0));
  expect(catalog.embedding(added[1]!)).toBeUndefined();
  expect(catalog.size).toBe(2);
  expect(catalog.remove(["b"])).toEqual(second.added);
  expect(catalog.put([row("c")]).added[0]).toBeGreaterThan(second.added[0]!);
  catalog.close();
});

test("records removals since a revision until they are forgotten", () => {
  const catalog = open();
  const { added } = catalog.put([row("a"), row("b"), row("c")]);
  const { revision } = catalog;
  expect(catalog.removedSince(revision)).toEqual([]);
  catalog.remove(["a"]);
  const middle = catalog.revision;
  catalog.put([row("b")]);
  expect(catalog.removedSince(revision)).toEqual([added[0], added[1]]);
  expect(catalog.removedSince(middle)).toEqual([added[1]]);
  catalog.forgetRemoved(middle);
  expect(catalog.removedSince(0)).toEqual([added[1]]);
  catalog.close();
});

test("filters by label, and by metadata values as text", () => {
  const catalog = open();
  const { added } = catalog.put([
    row("a", { label: "x", metadata: { color: "red", size: 2, ripe: true } }),
    row("b", { label: "y", metadata: { color: "red", size: 10 } }),
    row("c", { label: "x", metadata: { color: "blue = sky", 'odd"name': "%" } }),
    row("d", { label: "z" }),
  ]);
  const matching = (labels: string[], metadata: Record<string, string>) => {
    const keys = catalog.matching({ labels, metadata }, 100);
    expect(catalog.matchingOf(added, { labels, metadata })).toEqual(keys);
    return keys.map((key) => catalog.byKey(key)!.id).join("");
  };
  expect(matching([], {})).toBe("abcd");
  expect(matching(["x", "z"], {})).toBe("acd");
  expect(matching([], { color: "red" })).toBe("ab");
  expect(matching(["x"], { color: "red" })).toBe("a");
  expect(matching([], { size: "2", ripe: "true" })).toBe("a");
  expect(matching([], { color: "blue = sky" })).toBe("c");
  expect(matching([], { 'odd"name': "%" })).toBe("c");
  expect(matching([], { ripe: "1" })).toBe("");
  expect(catalog.matching({ labels: [], metadata: { color: "red" } }, 1)).toEqual([added[0]]);
  catalog.close();
});

test("migrates a catalog of version 1 without losing data", () => {
  const old = new Database(join(folder, "catalogue.db"));
  old.exec(`CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    INSERT INTO meta VALUES ('schema', '1'), ('model', 'm'), ('revision', '4');
    CREATE TABLE items (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, label TEXT NOT NULL,
      path TEXT NOT NULL, box TEXT, source TEXT, bytes INTEGER NOT NULL, modified REAL NOT NULL,
      embedding BLOB NOT NULL) STRICT;
    INSERT INTO items VALUES (7, 'a', 'l', '/a.png', NULL, 's', 3, 1.5, x'0000803f');`);
  old.close();
  const catalog = open();
  expect(catalog.byId("a")).toEqual({
    ...{ key: 7, id: "a", label: "l", path: "/a.png", box: undefined, source: "s" },
    ...{ metadata: {}, uploaded: false, bytes: 3, modified: 1.5 },
  });
  expect(catalog.embedding(7)).toEqual(Float32Array.of(1));
  expect([catalog.meta("model"), catalog.revision]).toEqual(["m", 4]);
  expect(catalog.put([row("b")]).added).toEqual([8]);
  catalog.close();
});

test("puts all items or none", () => {
  const catalog = open();
  catalog.put([row("a")]);
  const { revision } = catalog;
  const invalid = { ...row("c"), label: null as unknown as string };
  expect(() => catalog.put([row("b"), invalid])).toThrow();
  expect(catalog.ids({ uploaded: false })).toEqual(["a"]);
  expect(catalog.revision).toBe(revision);
  catalog.close();
});

test("increments the revision with each change, and only then", () => {
  const catalog = open();
  const revisions = [catalog.revision];
  for (const change of [
    () => catalog.put([row("a")]),
    () => catalog.put([row("a")]),
    () => catalog.remove(["a"]),
    () => catalog.adopt("a model"),
  ]) {
    change();
    revisions.push(catalog.revision);
  }
  expect(revisions).toEqual([0, 1, 2, 3, 4]);
  catalog.put([]);
  catalog.remove([]);
  catalog.adopt("a model");
  expect(catalog.revision).toBe(4);
  catalog.close();
});

test("deletes the items of another model, and keeps those of the same", () => {
  const catalog = open();
  expect(catalog.adopt("first")).toBe(false);
  catalog.put([row("a")]);
  expect(catalog.adopt("first")).toBe(false);
  expect(catalog.ids({ uploaded: false })).toEqual(["a"]);
  expect(catalog.adopt("second")).toBe(true);
  expect(catalog.ids({ uploaded: false })).toEqual([]);
  expect(catalog.meta("model")).toBe("second");
  catalog.close();
});

test("reads embeddings and pages in the order of keys, across page boundaries", () => {
  const catalog = open();
  const ids = Array.from({ length: 1100 }, (_, i) => String(i));
  catalog.put(ids.map((id, i) => row(id, { embedding: Float32Array.of(i) })));
  expect([...catalog.embeddings()].map(({ embedding }) => embedding[0])).toEqual(ids.map(Number));
  const page = catalog.page(catalog.byId("9")!.key, 3);
  expect(page.map(({ id }) => id)).toEqual(["10", "11", "12"]);
  catalog.close();
});

describe("tells apart", () => {
  const path = () => join(folder, "catalogue.db");

  test("a damaged file, which is to be deleted", () => {
    writeFileSync(path(), "this is not a database".repeat(50));
    expect(open).toThrow(
      expect.objectContaining({ code: "bad-file", hint: expect.stringContaining("delete it") }),
    );
  });

  test("a database of another program", () => {
    const other = new Database(path());
    other.exec("CREATE TABLE items (name TEXT)");
    other.close();
    expect(open).toThrow(expect.objectContaining({ code: "bad-file", hint: "move it away" }));
  });

  test("a path that cannot be opened", () => {
    mkdirSync(path());
    expect(open).toThrow(
      expect.objectContaining({
        code: "bad-file",
        message: expect.stringMatching(/cannot be read/),
      }),
    );
  });

  test("another version", () => {
    const catalog = open();
    catalog.setMeta("schema", "99");
    catalog.close();
    expect(open).toThrow(
      expect.objectContaining({
        code: "mismatch",
        hint: expect.stringMatching(/^use the version/),
      }),
    );
  });

  test("a lock of another program", () => {
    open().close();
    const other = new Database(path());
    other.exec("BEGIN EXCLUSIVE");
    expect(open).toThrow(expect.objectContaining({ code: "unavailable" }));
    other.close();
    open().close();
  });

  test("a full disk, and keeps what it has", () => {
    const database = new CatalogDatabase(path());
    database.exec("PRAGMA max_page_count = 8; CREATE TABLE t (x BLOB)");
    const fill = () => database.run("INSERT INTO t VALUES (?)", [Buffer.alloc(1000)]);
    expect(() => {
      for (;;) database.transaction(fill);
    }).toThrow(expect.objectContaining({ code: "full" }));
    expect(database.get<{ n: number }>("SELECT count(*) AS n FROM t")!.n).toBeGreaterThan(5);
    database.close();
  });

  test("a read-only database", () => {
    const catalog = open();
    catalog.put([row("a")]);
    catalog.close();
    const before = readdirSync(folder);
    const readOnly = new Catalog(path(), true);
    expect(readOnly.byId("a")).toBeDefined();
    expect(() => readOnly.put([row("b")])).toThrow(expect.objectContaining({ code: "denied" }));
    readOnly.close();
    expect(readdirSync(folder)).toEqual(before);
  });
});
